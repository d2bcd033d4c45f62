// Tenant ids of requests (gateway-grpc.md 1.2). Without multi-tenancy they are blank or the default one; with it each request
// names its own. Who may use which tenant is not asked: there is no authentication.
import { StatusError } from '../status.ts';

export const DEFAULT_TENANT = '<default>';
const DEFAULT_TENANTS: readonly string[] = [DEFAULT_TENANT];

const LENGTH_MAX = 31;
const LEGAL = /^[\w.-]+$/;

export interface TenantOptions {
  /** Whether requests name tenants. */
  readonly multiTenancy: boolean;
}

/** @throws StatusError INVALID_ARGUMENT */
export function tenantOf(options: TenantOptions, rpc: string, tenantId: string): string {
  const reason = options.multiTenancy ? whyIllegal(tenantId) : whyRefused(tenantId);
  if (reason !== undefined) throw refused(rpc, `identifier '${tenantId}'`, reason);
  return options.multiTenancy ? tenantId : DEFAULT_TENANT;
}

/**
 * The tenants whose jobs are wanted, as given; without multi-tenancy the default one when none is. An empty id in a list names
 * no tenant then: it finds nothing, as with the reference.
 * @throws StatusError INVALID_ARGUMENT
 */
export function tenantsOf(
  options: TenantOptions,
  rpc: string,
  tenantIds: readonly string[],
): readonly string[] {
  for (const tenantId of tenantIds) tenantOf(options, rpc, tenantId);
  if (tenantIds.length > 0) return tenantIds;
  if (options.multiTenancy) {
    throw refused(rpc, "identifiers '[]'", 'no tenant identifiers were provided.');
  }
  return DEFAULT_TENANTS;
}

function whyRefused(tenantId: string): string | undefined {
  const isDefault = tenantId === DEFAULT_TENANT || tenantId.trim() === '';
  return isDefault ? undefined : 'multi-tenancy is disabled';
}

function whyIllegal(tenantId: string): string | undefined {
  if (tenantId === DEFAULT_TENANT) return undefined;
  if (tenantId.trim() === '') return 'no tenant identifier was provided.';
  if (tenantId.length > LENGTH_MAX)
    return `tenant identifier is longer than ${LENGTH_MAX} characters`;
  return LEGAL.test(tenantId) ? undefined : 'tenant identifier contains illegal characters';
}

function refused(rpc: string, ids: string, reason: string): StatusError {
  const text = `Expected to handle gRPC request ${rpc} with tenant ${ids}, but ${reason}`;
  return new StatusError('INVALID_ARGUMENT', text);
}

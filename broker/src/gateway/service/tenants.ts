// Tenant ids of requests while multi-tenancy is off: blank or the default one (gateway-grpc.md 1.2).
import { StatusError } from '../status.ts';

export const DEFAULT_TENANT = '<default>';
const DEFAULT_TENANTS: readonly string[] = [DEFAULT_TENANT];

/** @throws StatusError INVALID_ARGUMENT */
export function tenantOf(rpc: string, tenantId: string): string {
  if (tenantId !== '' && tenantId !== DEFAULT_TENANT && tenantId.trim() !== '') {
    throw new StatusError(
      'INVALID_ARGUMENT',
      `Expected to handle gRPC request ${rpc} with tenant identifier '${tenantId}', but multi-tenancy is disabled`,
    );
  }
  return DEFAULT_TENANT;
}

/**
 * The tenants whose jobs are wanted, as given; the default one when none is. An empty id in a list names no tenant: it finds
 * nothing, as with the reference.
 * @throws StatusError INVALID_ARGUMENT
 */
export function tenantsOf(rpc: string, tenantIds: readonly string[]): readonly string[] {
  for (const tenantId of tenantIds) tenantOf(rpc, tenantId);
  return tenantIds.length === 0 ? DEFAULT_TENANTS : tenantIds;
}

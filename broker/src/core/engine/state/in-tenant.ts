// Names within a tenant, as one text.

/**
 * The name of a process, form, signal or job type within its tenant. No name reaches into another tenant: tenant ids hold no
 * NUL, so behind the last one stands the tenant.
 */
export function inTenant(name: string, tenantId: string): string {
  return tenantId === '<default>' && !name.includes('\u0000') ? name : `${name}\u0000${tenantId}`;
}

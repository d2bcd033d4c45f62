// Two single acts of operators: spreading leaders over the brokers again, and banning a process instance.
import type { ManagementHooks } from '../management-hooks.ts';
import { BadRequest, notOffered, type Routes } from '../route.ts';

/** Largest key, a signed number of 64 bits. */
const KEY_MAX = 2n ** 63n - 1n;

export function operatorRoutes(routes: Routes, hooks: ManagementHooks): void {
  routes.set('POST', '/actuator/rebalance', async () => {
    if (hooks.rebalance === undefined)
      return notOffered('this process leads nothing; ask a broker');
    await hooks.rebalance();
    return { status: 200 };
  });
  routes.set('POST', '/actuator/banning/{key}', async ({ path }) => {
    const key = keyOf(path.key ?? '', 'process instance');
    if (hooks.ban === undefined) return notOffered('this process runs no partitions; ask a broker');
    await hooks.ban(key);
    return { status: 204 };
  });
}

/** A key of the path. @throws BadRequest */
export function keyOf(text: string, what: string): bigint {
  const key = /^\d{1,19}$/.test(text) ? BigInt(text) : 0n;
  if (key > 0n && key <= KEY_MAX) return key;
  throw new BadRequest(`'${text}' is not the key of a ${what}: a whole number above 0`);
}

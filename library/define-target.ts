import type { Target } from '../targets/target.js';

/**
 * Returns the target as it is. The call gives editors the type to complete and lets the compiler check the object.
 *
 * @example
 * export default defineTarget({ name: 'my-canister', operations: new Set(['begin', 'put', 'finish']), … });
 */
export function defineTarget<T extends Target>(target: T): T {
  return target;
}

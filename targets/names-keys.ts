import type { Target } from './target.js';

/** Whether uploads of the interface have keys: a key identifies an upload, or a begin with the same key is a promised case. */
export function namesKeys({ shape, promises }: Pick<Target, 'shape' | 'promises'>): boolean {
  return shape.session === 'key' || promises.repeatedBegin !== undefined;
}

import type { Target } from './target.js';

/**
 * Whether uploads of the interface have keys: a key identifies an upload, or a begin with the same key is a promised case. If such a
 * begin is a new upload, its key says nothing.
 */
export function namesKeys({
  shape,
  promises: { repeatedBegin },
}: Pick<Target, 'shape' | 'promises'>): boolean {
  return shape.session === 'key' || (repeatedBegin !== undefined && repeatedBegin !== 'new');
}

/** Whether the call of a begin depends on the key, whatever is promised. */
export function sendsKeys(target: Pick<Target, 'shape' | 'encode'>): boolean {
  return target.shape.session === 'key' || argOf(target, 'a') !== argOf(target, 'b');
}

function argOf(target: Pick<Target, 'encode'>, key: string): string | undefined {
  const fields = {
    name: 'a',
    mimeType: 'text/plain',
    bytes: 1,
    sha256: new Uint8Array(32),
    expectedChunks: 1,
  };
  try {
    const encoded = target.encode({ op: 'begin', capsuleId: '', ...fields, key });
    return encoded && Buffer.from(encoded.arg).toString('hex');
  } catch {
    // A target may need the id of a real capsule. Then nothing is known of the key, and it is shown.
    return key;
  }
}

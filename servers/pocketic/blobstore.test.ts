import { describe, expect, it } from 'vitest';
import { Blobstore } from './blobstore.js';

const blob = (fill: number, bytes = 4) => ({ data: new Uint8Array(bytes).fill(fill), gzip: false });

describe('the blob store', () => {
  it('drops the oldest blobs above its limit, and never the new one', () => {
    const blobs = new Blobstore(10);
    const ids = [1, 2, 3].map((fill) => blobs.put(blob(fill)));
    expect(ids.map((id) => blobs.get(id) !== undefined)).toEqual([false, true, true]);
    const large = blobs.put(blob(4, 100));
    expect(blobs.get(large)?.data).toHaveLength(100);
    expect(ids.map((id) => blobs.get(id))).toEqual([undefined, undefined, undefined]);
  });

  it('counts a blob that is uploaded again once', () => {
    const blobs = new Blobstore(10);
    const id = blobs.put(blob(1));
    for (let times = 0; times < 5; times++) expect(blobs.put(blob(1))).toBe(id);
    const other = blobs.put(blob(2));
    expect([id, other].map((each) => blobs.get(each) !== undefined)).toEqual([true, true]);
  });
});

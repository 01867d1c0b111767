import { describe, expect, it } from 'vitest';
import { remembered } from './install-system.js';

describe('init arguments of a system', () => {
  it('encodes equal limits once, whatever the order of their fields', () => {
    let encoded = 0;
    const initArg = remembered(({ chunkSize = 0 }) => {
      encoded++;
      return Uint8Array.of(chunkSize);
    });
    expect(initArg({ chunkSize: 8, chunksMax: 2 })).toEqual(Uint8Array.of(8));
    expect(initArg({ chunksMax: 2, chunkSize: 8 })).toEqual(Uint8Array.of(8));
    expect(encoded).toBe(1);
    expect(initArg({ chunkSize: 9, chunksMax: 2 })).toEqual(Uint8Array.of(9));
    expect(encoded).toBe(2);
  });

  it('encodes again what exceeds the number of remembered arguments', () => {
    let encoded = 0;
    const initArg = remembered(() => Uint8Array.of(++encoded));
    for (let chunksMax = 0; chunksMax < 100; chunksMax++) initArg({ chunksMax });
    expect(initArg({ chunksMax: 0 })).toEqual(Uint8Array.of(1));
    expect(initArg({ chunksMax: 99 })).toEqual(Uint8Array.of(101));
  });
});

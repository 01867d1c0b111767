import { describe, expect, it } from 'vitest';
import { unknownId } from './unknown-id.js';

describe('an unknown id', () => {
  it.each([
    ['17', '1000000017'],
    ['session-17', 'session-1000000017'],
    ['blob_3', 'blob_1000000003'],
    ['17/bkyz2-fmaaa-aaaaa-qaaaq-cai', '1000000017/bkyz2-fmaaa-aaaaa-qaaaq-cai'],
  ])('differs from %s in its number', (known, unknown) => {
    expect(unknownId(known)).toBe(unknown);
  });

  it.each([
    'bkyz2-fmaaa-aaaaa-qaaaq-237',
    '9f86d081884c7d65',
    '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    'a name',
  ])('cannot be derived from %s', (known) => {
    expect(unknownId(known)).toBeUndefined();
  });
});

import { createHash } from 'node:crypto';
import { hashOfMap } from '@icp-sdk/core/agent';
import { describe, expect, it } from 'vitest';
import { environmentHash } from './environment-hash.js';

describe('the hash of environment variables', () => {
  it.each([[{}], [{ A: '1' }], [{ B: 'two', A: 'ä', AA: '' }]])(
    'is the representation-independent hash of %j',
    (variables) => {
      const hash = environmentHash(new Map(Object.entries(variables)));
      expect(Buffer.from(hash).toString('hex')).toBe(Buffer.from(hashOfMap(variables)).toString('hex'));
    },
  );

  it('does not depend on the order of the variables', () => {
    const pairs: readonly [string, string][] = [
      ['A', '1'],
      ['B', '2'],
    ];
    expect(environmentHash(new Map(pairs))).toEqual(environmentHash(new Map([...pairs].reverse())));
  });

  it('of no variables is the hash of no bytes', () => {
    expect(Buffer.from(environmentHash(new Map()))).toEqual(createHash('sha256').digest());
  });
});

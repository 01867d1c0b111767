import { describe, expect, it } from 'vitest';
import { findingTests } from './finding-tests.js';

const tests = findingTests(['outcome', 'reads']);
const failedBy = (checker: string) => tests.filter(({ covers }) => covers(checker)).map(({ title }) => title);

describe('the tests of a suite', () => {
  it('have one for each rule', () => {
    expect(tests.map(({ title }) => title)).toEqual(['outcome', 'reads', 'no other rule']);
    expect(failedBy('reads')).toEqual(['reads']);
  });

  it('have one that fails for a finding of a rule without a test', () => {
    expect(failedBy('upload-succeeds')).toEqual(['no other rule']);
  });
});

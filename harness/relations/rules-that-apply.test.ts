import { describe, expect, it } from 'vitest';
import { FakeReplica, fakeTarget } from '../testing/fake-replica.js';
import { selectionOf } from '../judgement/applicable-rules.js';
import { requireRules, type RulesSubject } from './rules-that-apply.js';

const { specification: _, ...promises } = fakeTarget.promises;
const specified = { target: fakeTarget, replica: new FakeReplica() };
/** Promises nothing about the specification and owners. */
const plain = {
  ...specified,
  target: { ...fakeTarget, promises: { ...promises, access: {} } },
};

describe('rules that are selected by name', () => {
  it('are refused in one line, with reasons, if none applies to the target', () => {
    const refusing = (subject: RulesSubject, ...names: readonly string[]) =>
      expect(() => requireRules(subject, selectionOf(names)));
    refusing(specified, 'specification', 'instruction-cost').not.toThrow();
    refusing(plain, 'specification').toThrow(
      'none of the rules given by --rules applies to this target: specification (it requires the promise specification: "upload.did")',
    );
    refusing(plain, 'instruction-cost', 'strangers').toThrow(
      /: instruction-cost \(it requires the specification upload\.did\), strangers \(it requires that some calls are for owners only\)$/,
    );
  });

  it('are returned if they do not apply and others do', () => {
    expect(requireRules(plain, selectionOf(['facts', 'expiry', 'relations']))).toEqual([
      { name: 'expiry', reason: 'it requires the specification upload.did, and an expiry' },
    ]);
    expect(requireRules(plain, undefined)).toEqual([]);
  });

  it('judge nothing as relations where a command checks none', () => {
    expect(() => requireRules({ ...plain, hasRelations: false }, selectionOf(['relations']))).toThrow(
      /: relations \(this command checks no relations\)$/,
    );
  });
});

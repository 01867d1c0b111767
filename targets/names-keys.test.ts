import { describe, expect, it } from 'vitest';
import keysTarget from '../examples/motoko-keys/target.js';
import sessionsTarget from '../examples/motoko-sessions/target.js';
import { namesKeys, sendsKeys } from './names-keys.js';
import { uploadTarget } from './upload.js';

describe('the key of an upload', () => {
  it('is shown if it identifies an upload, and not if every begin is a new one', () => {
    const { shape, promises } = sessionsTarget;
    const shown = (['same', 'rejected', 'new'] as const).filter((repeatedBegin) =>
      namesKeys({ shape, promises: { ...promises, repeatedBegin } }),
    );
    expect(shown).toEqual(['same', 'rejected']);
    expect([uploadTarget, keysTarget].every(namesKeys)).toBe(true);
  });

  it('is sent if the call of a begin depends on it', () => {
    expect([uploadTarget, keysTarget, sessionsTarget].map(sendsKeys)).toEqual([true, true, false]);
  });
});

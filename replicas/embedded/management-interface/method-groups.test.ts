import { describe, expect, it } from 'vitest';
import { MANAGEMENT_TYPES } from './candid-types.js';
import { BITCOIN_METHODS, CANISTERS_ONLY, isClosedToUsers, isKnownMethod } from './method-groups.js';

describe('the groups of the management canister’s methods', () => {
  it('contain every method with a Candid type', () => {
    for (const method of Object.keys(MANAGEMENT_TYPES)) expect(isKnownMethod(method), method).toBe(true);
  });

  it.each([...BITCOIN_METHODS, 'setup_initial_dkg', 'raw_rand', 'sign_with_ecdsa'])(
    'close %s to users',
    (method) => {
      expect(isClosedToUsers(method)).toBe(true);
    },
  );

  it('close only names of methods', () => {
    expect(isKnownMethod('no_such_method')).toBe(false);
    expect(isClosedToUsers('no_such_method')).toBe(false);
  });

  it.each([...CANISTERS_ONLY, 'install_code', 'canister_status'])(
    'leave the decision about %s to the argument',
    (method) => {
      expect(isClosedToUsers(method)).toBe(false);
    },
  );
});

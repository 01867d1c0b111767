import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { APPLICATION_PROFILE, createSubnetProfile } from '../subnet-profile.js';
import { memoryShare, storageReservation, withCallbackReserve } from './subnet-memory.js';

const GIB = 1_073_741_824;
function reserved(takenBytes: number, bytes: number) {
  return storageReservation(APPLICATION_PROFILE, memoryShare(takenBytes), bytes);
}

describe('the memory share of a message', () => {
  it('is a quarter of the free memory of the subnet, without the reserve for callbacks', () => {
    expect(memoryShare(0).available).toBe(509.5 * GIB);
    expect(memoryShare(10 * GIB).available).toBe(507 * GIB);
    expect(withCallbackReserve(memoryShare(0)).available).toBe(512 * GIB);
  });

  it('is negative if canisters hold more than the capacity', () => {
    expect(memoryShare(2_048 * GIB).available).toBe(-2.5 * GIB);
  });
});

describe('the reservation of cycles for storage', () => {
  it('is what the real server asks for the first 500 GiB of a subnet', () => {
    // Canisters take 14 GiB: an allocation of 10 GiB, and 4 GiB of stable memory. Recorded: trace 06, exchange 95.
    expect(reserved(14 * GIB, 500 * GIB) / 10n ** 12n).toBe(5_955n);
  });

  it('is zero below the threshold, and on subnets where storage is free', () => {
    expect(reserved(0, 185 * GIB)).toBe(0n);
    const system = createSubnetProfile({ type: 'system', nodes: 13 });
    expect(storageReservation(system, memoryShare(0), 500 * GIB)).toBe(0n);
  });

  it('is the same for a growth in one step and in two', () => {
    const bytes = fc.integer({ min: 0, max: 250 * GIB });
    fc.assert(
      fc.property(bytes, bytes, (first, second) => {
        const share = memoryShare(0);
        const later = { available: share.available - first };
        expect(
          storageReservation(APPLICATION_PROFILE, share, first) +
            storageReservation(APPLICATION_PROFILE, later, second),
        ).toBe(storageReservation(APPLICATION_PROFILE, share, first + second));
      }),
    );
  });

  it('grows with what is taken already', () => {
    expect(reserved(1_000 * GIB, GIB)).toBeGreaterThan(reserved(900 * GIB, GIB));
    expect(reserved(900 * GIB, GIB)).toBeGreaterThan(0n);
  });
});

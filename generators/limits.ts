import fc from 'fast-check';
import type { Limits } from '../model/schedule.js';
import type { Profile } from './profile.js';

/** One of the profile's sets of limits; shrinks to the first. */
export function limitsArbitrary({ limits }: Profile): fc.Arbitrary<Limits> {
  return fc.constantFrom(...limits);
}

/** fast-check arbitraries of bad lines. */
import fc from 'fast-check';
import type { Fault } from './faulty-connection.js';

const wait = fc.integer({ min: 1, max: 5_000 });

/** One fault, shrinking towards none. */
export const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.constant<Fault>({ kind: 'none' }),
  fc.record({
    kind: fc.constantFrom<'none' | 'drop-request' | 'drop-response' | 'silence' | 'busy' | 'stopped'>(
      'none',
      'drop-request',
      'drop-response',
      'silence',
      'busy',
      'stopped',
    ),
  }),
  fc.record({ kind: fc.constantFrom<'late' | 'slow' | 'twice'>('slow', 'twice', 'late'), ms: wait }),
);

/** What successive calls meet; behind its end the line is good. */
export const faults = (maxLength: number): fc.Arbitrary<Fault[]> => fc.array(fault, { maxLength });

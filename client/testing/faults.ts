/** fast-check arbitraries of faulty connections. */
import fc from 'fast-check';
import type { Fault } from './faulty-connection.js';

const wait = fc.integer({ min: 1, max: 5_000 });

/** A fault, which shrinks towards none. */
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

/** The faults of successive calls. Later calls have no fault. */
export const faults = (maxLength: number): fc.Arbitrary<Fault[]> => fc.array(fault, { maxLength });

/** Differences between replicas that the user knows. They are counted, and they do not fail the comparison. */
import { z } from 'zod';
import { readReasons } from '../campaign/accepted-deviations.js';

export const acceptedDifferenceSchema = z.strictObject({
  /** The cause of a difference as `diff` prints it. */
  fingerprint: z
    .string()
    .regex(/^[a-z ]+: .+ differs in .+: .* \/ .*$/, 'must be the cause of a difference as diff prints it'),
  /** Why it is accepted. */
  reason: z.string().trim().min(1, 'must not be empty'),
});
export type AcceptedDifference = Readonly<z.infer<typeof acceptedDifferenceSchema>>;

/** @throws InputError, one line, if the file is missing, is not JSON, or has a mistake */
export async function readAcceptedDifferences(path: string): Promise<readonly AcceptedDifference[]> {
  return await readReasons(path, 'accepted differences', acceptedDifferenceSchema);
}

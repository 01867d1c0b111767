/** Scenarios around the size limits of a message. */
import type { Scenario } from './scenario.js';
import { beginOperation, call, finishStep, putStep, uploadSteps, type UploadContext } from './upload.js';

/** In bytes: the longest blob that the canister returns in one reply (upload.did). */
const WHOLE_BLOB_BYTES_MAX = 2_000_000;

/** The first chunk is larger than a message may be, so the network refuses it; the last chunk fits. The first is never half stored. */
export const OVERSIZE: Scenario = {
  chunks: 1,
  furtherBytes: 100,
  limits: { chunkSize: 2_100_000, hashBytesPerCall: 64 },
  isAlone: true,
  steps: (context) => {
    const { session, caller } = context;
    return [
      call(beginOperation(context)),
      putStep(session, 0),
      putStep(session, 1),
      call({ op: 'status', session }),
      finishStep(session),
      call({ op: 'stats', caller }),
    ];
  },
};

/** Uploads of the longest blob, of one byte less, and of one byte more, read in one reply and in parts. */
export const WHOLE_READS: readonly Scenario[] = [-1, 0, 1].map((furtherBytes) => ({
  chunks: 2,
  furtherBytes,
  limits: { chunkSize: WHOLE_BLOB_BYTES_MAX / 2 },
  isAlone: true,
  steps: (context: UploadContext) => [
    ...uploadSteps(
      {
        caller: 0,
        file: { chunks: 2, end: 'border', content: { kind: 'zero' } },
        order: { kind: 'ascending' },
        deliveries: [],
        settles: true,
        kept: 1000,
        shares: 0,
      },
      context,
    ),
    call({ op: 'readWhole', session: context.session }),
  ],
}));

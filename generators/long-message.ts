/** Set pieces around what a message can carry. */
import type { Scenario } from './scenario.js';
import { beginOperation, call, uploadSteps, type UploadContext } from './upload.js';

/** In bytes: the longest blob that is answered whole (upload.did), and lengths to either side of it. */
const WHOLE_BLOB_BYTES_MAX = 2_000_000;

/** A chunk size that no message can carry, and a last chunk that fits: the first is refused on the way, and never half there. */
export const OVERSIZE: Scenario = {
  chunks: 1,
  furtherBytes: 100,
  limits: { chunkSize: 2_100_000, hashBytesPerCall: 64 },
  isAlone: true,
  steps: (context) => {
    const { session } = context;
    return [
      call(beginOperation(context)),
      call({ op: 'put', session, index: 0, data: { kind: 'right' } }),
      call({ op: 'put', session, index: 1, data: { kind: 'right' } }),
      call({ op: 'status', session }),
      call({ op: 'finish', session, hash: 'right', lengthOff: 0 }),
      call({ op: 'stats', caller: context.caller }),
    ];
  },
};

/** Uploads of 2 MB, a byte less and a byte more, read whole and in parts. */
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

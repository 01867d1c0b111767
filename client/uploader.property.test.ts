import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { uploadOriginalToICP } from './flow.js';
import { faults } from './testing/faults.js';
import { FakeCanister } from './testing/fake-canister.js';
import { connectFake, FORCING, type Fault, type FaultyConnection } from './testing/faulty-connection.js';
import { VirtualClock } from './testing/virtual-clock.js';
import { UploadError } from './upload-error.js';

const contents = fc.uint8Array({ maxLength: 120 });
function draw(list: Fault[]): () => Fault | undefined {
  const rest = [...list];
  return () => rest.shift();
}

/** Checks that every chunk was sent once, and again only for each fault that prevented its arrival. */
function expectNothingSentInVain(connection: FaultyConnection): void {
  const puts = connection.sent.filter(({ method }) => method === 'uploads_put_chunk');
  for (const index of new Set(puts.map((put) => put.index))) {
    const ofChunk = puts.filter((put) => put.index === index);
    const forced = ofChunk.filter(({ fault }) => FORCING.has(fault)).length;
    expect(ofChunk.length).toBeLessThanOrEqual(1 + forced);
  }
}

interface Run {
  readonly bytes: Uint8Array;
  readonly chunkSize: number;
  readonly parallel: number;
  readonly attemptsMax: number;
  readonly faults: Fault[];
}

const run: fc.Arbitrary<Run> = fc.record({
  bytes: contents,
  chunkSize: fc.integer({ min: 1, max: 130 }),
  parallel: fc.integer({ min: 1, max: 6 }),
  attemptsMax: fc.integer({ min: 1, max: 6 }),
  faults: faults(60),
});

describe('over a faulty connection', () => {
  test('an upload succeeds and is verified, or fails with its place, and sends no unneeded chunk', async () => {
    let whole = 0;
    let failed = 0;
    await fc.assert(
      fc.asyncProperty(run, async ({ bytes, chunkSize, parallel, attemptsMax, faults }) => {
        const canister = new FakeCanister({ chunkSize: BigInt(chunkSize) });
        const clock = new VirtualClock();
        const next = draw(faults);
        const connection = connectFake(canister, { clock, faultOf: next });
        const options = { clock, parallel, random: () => 0.5, retry: { attemptsMax } };
        const outcome = await clock
          .run(uploadOriginalToICP(connection, { bytes, name: 'a' }, options))
          .catch((error: unknown) => error);
        expectNothingSentInVain(connection);
        if (outcome instanceof UploadError) {
          failed += 1;
          // The reason must be a fault of the connection, and the report names it.
          expect(['unreachable', 'rejected']).toContain(outcome.reason);
          expect(outcome.failure.method).not.toBeNull();
          expect(outcome.report()).toContain(outcome.failure.detail);
          if (outcome.reason === 'rejected') expect(outcome.failure.reject).not.toBeNull();
        } else {
          whole += 1;
          const asset = outcome as Awaited<ReturnType<typeof uploadOriginalToICP>>;
          expect(asset.verified).toBe(true);
          expect(canister.blobs.get(asset.blobId)!.bytes).toEqual(bytes);
          expect(canister.blobs.size).toBe(1);
        }
        // Without faults, the same upload then succeeds and sends only the missing chunks.
        const present = canister.sessions.at(-1);
        const missing = present === undefined ? null : missingOf(canister);
        const again = connectFake(canister, { clock });
        const asset = await clock.run(uploadOriginalToICP(again, { bytes, name: 'a' }, options));
        expect(canister.blobs.get(asset.blobId)!.bytes).toEqual(bytes);
        if (missing !== null) expect(asset.putsSent).toBeLessThanOrEqual(missing);
      }),
      { seed: 1, numRuns: 500 },
    );
    // The property is meaningful only if both outcomes occur.
    expect(whole).toBeGreaterThan(50);
    expect(failed).toBeGreaterThan(5);
  });

  test('an upload that was stopped at any point can be resumed', async () => {
    await fc.assert(
      fc.asyncProperty(
        run,
        fc.nat({ max: 40 }),
        async ({ bytes, chunkSize, parallel, attemptsMax, faults }, stopAt) => {
          const canister = new FakeCanister({ chunkSize: BigInt(chunkSize) });
          const clock = new VirtualClock();
          const controller = new AbortController();
          let calls = 0;
          const first = connectFake(canister, {
            clock,
            faultOf: draw(faults),
            onCall: () => {
              calls += 1;
              if (calls === stopAt) controller.abort();
            },
          });
          const options = { clock, parallel, random: () => 0.5, retry: { attemptsMax } };
          const stopped = uploadOriginalToICP(
            first,
            { bytes, name: 'a' },
            { ...options, signal: controller.signal },
          );
          const outcome = await clock.run(stopped).catch((error: unknown) => error);
          if (controller.signal.aborted && outcome instanceof UploadError) {
            expect(['stopped', 'unreachable', 'rejected']).toContain(outcome.reason);
          }
          const missing = missingOf(canister);
          const second = connectFake(canister, { clock });
          const asset = await clock.run(uploadOriginalToICP(second, { bytes, name: 'a' }, options));
          expect(canister.blobs.get(asset.blobId)!.bytes).toEqual(bytes);
          if (missing !== null) expect(asset.putsSent).toBeLessThanOrEqual(missing);
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** Returns the number of missing chunks of the only session, or `null` if no session is open. */
function missingOf(canister: FakeCanister): number | null {
  const session = canister.sessions.at(-1);
  if (session === undefined || session.state === 'Cancelled') return null;
  return session.state === 'Completed' ? 0 : session.expectedChunks - session.chunks.size;
}

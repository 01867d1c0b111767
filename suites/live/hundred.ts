/**
 * The complete system again and again: `npx tsx suites/live/hundred.ts [RUNS]`, 100 without an argument. Each run uploads another
 * picture as another user with both lanes, and reads the memory of four back; every fourth run goes over a line that drops, delays,
 * doubles and reorders requests. Exit 0 only if every run succeeded.
 */
import { cpus, loadavg } from 'node:os';
import { connectAgent } from '../../client/agent-connection.js';
import {
  processImageDerivativesPure,
  uploadToICPWithProcessing,
  type UploadConnection,
} from '../../client/index.js';
import { noise } from '../../client/testing/pictures.js';
import { startFaultyProxy, type HttpFault } from './testing/faulty-proxy.js';
import { identityOf, serveUploads } from './testing/places.js';

const KINDS: readonly HttpFault[] = ['drop-request', 'drop-answer', 'delay', 'twice', 'overtaken'];
const FORMATS = ['jpeg', 'png', 'webp'] as const;

const runs = Number(process.argv[2] ?? 100);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

const server = await serveUploads();
const proxy = await startFaultyProxy(server.url);

async function readAsset(
  connection: UploadConnection,
  blobId: string | null,
  inline: Uint8Array | null,
): Promise<Buffer> {
  if (blobId === null) return Buffer.from(inline ?? new Uint8Array());
  const meta = await connection.blobMeta(blobId);
  if (!meta.ok) throw new Error(`${blobId}: ${meta.error.kind}`);
  const chunks: Uint8Array[] = [];
  for (let index = 0; index < meta.value.chunkCount; index += 1) {
    const chunk = await connection.blobReadChunk(blobId, index);
    if (!chunk.ok) throw new Error(`${blobId}, chunk ${index}: ${chunk.error.kind}`);
    chunks.push(chunk.value);
  }
  return Buffer.concat(chunks);
}

/** Throws when anything is not as it should be. */
async function once(run: number): Promise<void> {
  const format = FORMATS[run % FORMATS.length]!;
  const side = 200 + ((run * 97) % 900);
  const bytes = Uint8Array.from(
    await noise(side, side, 3, run + 1)
      .toFormat(format)
      .toBuffer(),
  );
  const identity = identityOf(`run ${run}`);
  const { canister, url } = server;
  const badLine = run % 4 === 3;
  const connection = await connectAgent({ host: badLine ? proxy.url : url, canister, identity });
  if (badLine)
    proxy.begin((number) => (number % 2 === 0 ? undefined : KINDS[(number * 3 + run) % KINDS.length]));
  try {
    const input = { bytes, name: `picture.${format}` };
    const { memory } = await uploadToICPWithProcessing(connection, input, {
      retry: { delayFirstMs: 50, attemptsMax: 10 },
    });
    const reader = await connectAgent({ host: url, canister, identity });
    const read = await reader.memoriesRead(memory.memoryId);
    if (!read.ok) throw new Error(`${memory.memoryId}: ${read.error.kind}`);
    const made = await processImageDerivativesPure(bytes);
    const wanted = [bytes, made.display.bytes, made.thumb.bytes, made.placeholder.bytes];
    if (read.value.assets.length !== wanted.length) throw new Error(`${read.value.assets.length} assets`);
    for (const [index, { kind, blobId, inlineBytes }] of read.value.assets.entries()) {
      const there = await readAsset(reader, blobId, inlineBytes);
      if (!there.equals(wanted[index]!)) throw new Error(`${kind} differs`);
    }
  } finally {
    if (badLine) proxy.begin(() => undefined);
  }
}

const begun = performance.now();
let succeeded = 0;
for (let run = 0; run < runs; run += 1) {
  try {
    await once(run);
    succeeded += 1;
  } catch (error) {
    print(`run ${run}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
const seconds = ((performance.now() - begun) / 1000).toFixed(0);
const met = KINDS.map((kind) => `${proxy.met[kind]} ${kind}`).join(', ');
print(`${succeeded} of ${runs} in ${seconds} s; faults on the line: ${met}`);
print(
  `${cpus().length} cores, load ${loadavg()
    .map((value) => value.toFixed(1))
    .join(', ')}`,
);
await proxy.close();
await server.close();
process.exitCode = succeeded === runs ? 0 : 1;

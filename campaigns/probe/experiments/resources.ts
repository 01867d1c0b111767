/** What uploads cost, and what they leave behind. */
import type { Experiment } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Transcript } from '../transcript.js';
import { lacksOperation } from './words.js';

/** In bytes. Memory grows by pages of 64 KiB, so that small uploads would not show. */
const CYCLE_CHUNK_BYTES = 262_144;
const CYCLES = 50;
/** The incremental garbage collector of Motoko lets a heap grow to this many bytes before its size stays the same. */
const GARBAGE_BYTES = 268_435_456;

/** With chunks so short that more uploads are needed, the experiment decides nothing. */
const CYCLES_MAX = 4_096;

/** Growth per byte that is sent. A step of a heap may fall into the measurement, so that what lies between proves nothing. */
const RECLAIMED_MAX = 0.5;
const KEPT_MIN = 0.75;

export const storageAfterAbort: Experiment = {
  name: 'storage-after-abort',
  tried: 'An upload is begun, a chunk is put, and the upload is aborted, many times.',
  lacks: (target) => lacksOperation(target, 'abort'),
  async run(lab) {
    const first = await growthOver(lab, CYCLES);
    if (first.sent === 0) return { observed: 'no abort is accepted' };
    const needed = cyclesOf(GARBAGE_BYTES, lab);
    const grows = first.bytes >= first.sent * RECLAIMED_MAX;
    const isDecided = grows ? needed <= CYCLES_MAX : first.isSmall;
    const { cycles, bytes, sent, size } = grows && isDecided ? await growthOver(lab, needed) : first;
    const doubt = isDecided ? '' : `, and its ${bytesText(size)} can hold all of them`;
    return {
      observed: `the memory grows by ${bytesText(bytes)} while the last ${count(cycles)} of ${count(2 * cycles)} uploads send ${bytesText(sent)}${doubt}`,
      suggests: {
        field: 'storage',
        value: isDecided && bytes < sent * RECLAIMED_MAX ? 'reclaimed' : undefined,
      },
      isDangerous: isDecided && bytes >= sent * KEPT_MIN,
    };
  },
};

function cyclesOf(bytes: number, lab: Lab): number {
  return Math.max(CYCLES, Math.ceil(bytes / lab.chunkSizeWith({ chunkSize: CYCLE_CHUNK_BYTES })));
}

/** Growth of heap and stable memory in bytes over the second half of the cycles. */
async function growthOver(lab: Lab, cycles: number) {
  const limits = { chunkSize: CYCLE_CHUNK_BYTES };
  const script = lab.script(limits);
  const file = lab.file(2 * script.chunkSize, 'a.bin');
  for (let cycle = 0; cycle < cycles; cycle++) {
    const upload = script.begin(file);
    script.put(upload, 0);
    script.abort(upload);
  }
  const sizes = memorySizes(await lab.run(script, limits), 'after abort');
  const half = Math.floor(sizes.length / 2);
  const sent = half * script.chunkSize;
  const bytes = (sizes.at(-1) ?? 0) - (sizes[half - 1] ?? 0);
  // A heap grows in large steps, and stays at its size meanwhile. A memory smaller than all that was sent cannot have kept it.
  const size = sizes.at(-1) ?? 0;
  return { cycles: half, sent, bytes, size, isSmall: size < sizes.length * script.chunkSize };
}

export const costOfPuts: Experiment = {
  name: 'cost-of-a-put',
  tried: 'A whole chunk and a chunk of one byte are put.',
  async run(lab) {
    const script = lab.script();
    const upload = script.begin(lab.file(2 * lab.chunkSize + 1, 'a.bin'));
    script.put(upload, 0);
    const whole = script.put(upload, 1);
    const small = script.put(upload, 2);
    const transcript = await lab.run(script);
    const sizes = memorySizes(transcript);
    const growth = (sizes.at(-1) ?? 0) - (sizes[0] ?? 0);
    const [many, few] = [whole, small].map((call) => transcript.answer(call).instructions);
    return {
      observed: `${count(many)} instructions for ${bytesText(lab.chunkSize)}, ${count(few)} for 1 B; the memory grows by ${bytesText(growth)}`,
    };
  },
};

/** Heap and stable memory in bytes at the points where they are recorded: at the start, at the end, after aborts. */
function memorySizes({ history }: Transcript, at?: string): readonly number[] {
  return history.events.flatMap((event) =>
    event.type === 'metrics' && (at === undefined || event.at === at)
      ? [event.heapBytes + event.stableBytes]
      : [],
  );
}

function count(value = 0): string {
  return value.toLocaleString('en-US');
}

function bytesText(bytes: number): string {
  return `${count(bytes)} B`;
}

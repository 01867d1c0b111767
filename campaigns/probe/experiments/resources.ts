/** What uploads cost, and what they leave behind. */
import type { Experiment } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Transcript } from '../transcript.js';
import { lacksOperation } from './words.js';

/** In bytes. Memory grows by pages of 64 KiB, so that small uploads would not show. */
const CYCLE_CHUNK_BYTES = 262_144;
/** Enough for a garbage collector to run. */
const CYCLES = 50;

export const storageAfterAbort: Experiment = {
  name: 'storage-after-abort',
  tried: `An upload is begun, a chunk is put, and the upload is aborted, ${CYCLES} times.`,
  lacks: (target) => lacksOperation(target, 'abort'),
  async run(lab) {
    const [half, whole] = [await memoryAfter(lab, CYCLES / 2), await memoryAfter(lab, CYCLES)];
    const bytes = (CYCLES / 2) * whole.chunkSize;
    const growth = whole.bytes - half.bytes;
    const isKept = growth >= bytes / 2;
    return {
      observed: `the memory grows by ${bytesText(growth)} while the last ${CYCLES / 2} uploads send ${bytesText(bytes)}`,
      suggests: { field: 'storage', value: isKept ? undefined : 'reclaimed' },
      isDangerous: isKept,
    };
  },
};

/** Heap and stable memory in bytes after a number of aborted uploads. */
async function memoryAfter(lab: Lab, cycles: number) {
  const limits = { chunkSize: CYCLE_CHUNK_BYTES };
  const script = lab.script(limits);
  for (let cycle = 0; cycle < cycles; cycle++) {
    const upload = script.begin(lab.file(2 * script.chunkSize, 'a.bin', cycle));
    script.put(upload, 0);
    script.abort(upload);
  }
  return { bytes: memoryOf(await lab.run(script, limits)), chunkSize: script.chunkSize };
}

/** At the end of the script, in bytes. */
function memoryOf({ history }: Transcript): number {
  const last = history.events.findLast((event) => event.type === 'metrics');
  return last?.type === 'metrics' ? last.heapBytes + last.stableBytes : 0;
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
    const [start, end] = [memoryAtStart(transcript), memoryOf(transcript)];
    const [many, few] = [whole, small].map((call) => transcript.answer(call).instructions);
    return {
      observed: `${count(many)} instructions for ${bytesText(lab.chunkSize)}, ${count(few)} for 1 B; the memory grows by ${bytesText(end - start)}`,
    };
  },
};

function memoryAtStart({ history }: Transcript): number {
  const first = history.events.find((event) => event.type === 'metrics');
  return first?.type === 'metrics' ? first.heapBytes + first.stableBytes : 0;
}

function count(value = 0): string {
  return value.toLocaleString('en-US');
}

function bytesText(bytes: number): string {
  return `${count(bytes)} B`;
}

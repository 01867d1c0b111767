/** Files of unusual length, and the largest chunk. */
import type { Experiment, Observation } from '../experiment.js';
import type { Lab } from '../lab.js';
import { conclude, fateOf, fateText } from './words.js';

interface Size {
  readonly name: string;
  readonly tried: string;
  readonly bytes: (chunkSize: number) => number;
}

const SIZES: readonly Size[] = [
  { name: 'empty-file', tried: 'A file without bytes is uploaded.', bytes: () => 0 },
  { name: 'one-byte', tried: 'A file of one byte is uploaded.', bytes: () => 1 },
  {
    name: 'exact-multiple',
    tried: 'A file of exactly two chunks is uploaded.',
    bytes: (chunkSize) => 2 * chunkSize,
  },
];

export const sizes: readonly Experiment[] = SIZES.map(({ name, tried, bytes }) => ({
  name,
  tried,
  async run(lab): Promise<Observation> {
    const script = lab.script();
    const upload = script.begin(lab.file(bytes(lab.chunkSize), 'a.bin'));
    const ending = conclude(lab, script, upload);
    const transcript = await lab.run(script);
    const begin = transcript.answer(upload.begin);
    // An interface may reject an empty file as soon as it is begun.
    if (name === 'empty-file' && !begin.isAccepted && begin.result !== undefined)
      return { observed: `the begin is rejected: ${begin.text}` };
    const fate = fateOf(transcript, upload, ending);
    const why = fate === 'not finished' ? `: ${transcript.answer(ending.completion).text}` : '';
    return {
      observed: `${fateText(fate)}${why}`,
      isDangerous: fate === 'wrong bytes' || fate === 'not readable',
    };
  },
}));

/** In bytes. A message has at most 2 MiB. */
const CHUNK_SIZES = [65_536, 262_144, 1_048_576, 1_900_000, 2_000_000];

export const largestChunk: Experiment = {
  name: 'largest-chunk',
  tried: 'Files of one chunk are uploaded, in ever larger chunks.',
  lacks: ({ promises }) =>
    typeof promises.limits.chunkSize === 'number'
      ? `the target promises chunks of ${promises.limits.chunkSize.toLocaleString('en-US')} B`
      : undefined,
  async run(lab) {
    let largest: number | undefined;
    for (const chunkSize of CHUNK_SIZES) {
      const failure = await uploadChunk(lab, chunkSize);
      if (failure !== undefined)
        return {
          observed: `${largest === undefined ? '' : `a chunk of ${bytesText(largest)} is accepted; `}one of ${bytesText(chunkSize)} is not: ${failure}`,
        };
      largest = chunkSize;
    }
    return { observed: `a chunk of ${bytesText(largest ?? 0)} is accepted` };
  },
};

/** Why a file of one chunk of this size cannot be uploaded; `undefined` if it can. */
async function uploadChunk(lab: Lab, chunkSize: number): Promise<string | undefined> {
  const limits = { chunkSize };
  const script = lab.script(limits);
  const upload = script.begin(lab.file(chunkSize, 'a.bin'));
  const ending = conclude(lab, script, upload);
  const transcript = await lab.run(script, limits);
  const fate = fateOf(transcript, upload, ending);
  if (fate === 'right') return undefined;
  const calls = [upload.begin, upload.begin + 1, ending.completion];
  const failed = calls.find((call) => !transcript.isAccepted(call));
  return failed === undefined ? fateText(fate) : transcript.answer(failed).text;
}

function bytesText(bytes: number): string {
  return `${bytes.toLocaleString('en-US')} B`;
}

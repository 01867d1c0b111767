/** Puts that are wrong for their place. */
import type { ChunkData } from '../../../model/schedule.js';
import type { Experiment } from '../experiment.js';
import { answerText, conclude, fateOf, fateText, firstReason, lacksAddress } from './words.js';

interface WrongPut {
  readonly name: string;
  readonly tried: string;
  readonly index: number;
  readonly data: ChunkData;
  readonly what: string;
  /** Whether the put is wrong also where the client chooses the size of every chunk. */
  readonly isWrongForAnySize: boolean;
}

const WRONG_PUTS: readonly WrongPut[] = [
  {
    name: 'chunk-too-short',
    tried: 'A chunk is put without its last byte.',
    index: 1,
    data: { kind: 'short' },
    what: 'the short chunk',
    isWrongForAnySize: false,
  },
  {
    name: 'chunk-too-long',
    tried: 'A chunk is put with one byte more.',
    index: 1,
    data: { kind: 'long' },
    what: 'the long chunk',
    isWrongForAnySize: false,
  },
  {
    name: 'last-chunk-too-long',
    tried: 'The last chunk is put with one byte more than the file has.',
    index: 2,
    data: { kind: 'long' },
    what: 'the long chunk',
    isWrongForAnySize: true,
  },
  {
    name: 'chunk-beyond-the-end',
    tried: 'A chunk is put beyond the end of the file.',
    index: 3,
    data: { kind: 'right' },
    what: 'the chunk beyond the end',
    isWrongForAnySize: true,
  },
  {
    name: 'empty-chunk',
    tried: 'A chunk without bytes is put in the middle of the file.',
    index: 1,
    data: { kind: 'empty' },
    what: 'the empty chunk',
    isWrongForAnySize: false,
  },
];

/** The wrong put comes after the chunks before it, so that it is wrong for nothing but its bytes or its place. */
function wrongPut({ name, tried, index, data, what, isWrongForAnySize }: WrongPut): Experiment {
  return {
    name,
    tried,
    lacks: (target) =>
      firstReason(
        lacksAddress(target),
        !isWrongForAnySize && target.promises.limits.chunkSize === 'client'
          ? 'the client chooses the length of every chunk'
          : undefined,
      ),
    async run(lab) {
      const script = lab.script();
      const upload = script.begin(lab.threeChunks('a.bin'));
      // One chunk stays missing, because the last one may finish the upload.
      const before = [0, 1].filter((other) => other < index);
      for (const other of before) script.put(upload, other);
      const wrong = script.put(upload, index, { data });
      const ending = conclude(lab, script, upload, before);
      const transcript = await lab.run(script);
      const fate = fateOf(transcript, upload, ending);
      const isAccepted = transcript.isAccepted(wrong);
      return {
        observed: `${what} is ${answerText(transcript.answer(wrong))}; with the right chunks after it, ${fateText(fate)}`,
        suggests: { field: 'wrongPut', value: isAccepted ? undefined : 'rejected' },
        // An accepted wrong chunk that makes the finish fail is a mistake of the caller alone.
        isDangerous: isAccepted ? fate === 'wrong bytes' : fate !== 'right',
      };
    },
  };
}

export const wrongPuts: readonly Experiment[] = WRONG_PUTS.map(wrongPut);

/** Finishes that are wrong, and finishes that are repeated. */
import type { Target } from '../../../targets/target.js';
import type { Experiment, Observation } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Script, Upload } from '../script.js';
import { answerText, conclude, fateOf, fateText, firstReason, lacksFinish, readOf } from './words.js';

export const incompleteFinish: Experiment = {
  name: 'finish-with-a-chunk-missing',
  tried: 'The upload is finished while two of its three chunks are missing.',
  lacks: lacksEarlyFinish,
  run: (lab) => finishEarly(lab, [0]),
};

export const finishAfterRepeats: Experiment = {
  name: 'finish-after-repeated-chunks',
  tried: 'One of three chunks is put three times, and the upload is finished.',
  lacks: (target) =>
    firstReason(
      lacksEarlyFinish(target),
      target.shape.address === 'append' ? 'a repeated put appends other bytes' : undefined,
    ),
  run: (lab) => finishEarly(lab, [0, 0, 0]),
};

function lacksEarlyFinish(target: Target): string | undefined {
  return firstReason(
    lacksFinish(target),
    target.shape.finish === 'list' ? 'a finish lists the chunks of the file itself' : undefined,
  );
}

async function finishEarly(lab: Lab, puts: readonly number[]): Promise<Observation> {
  const { script, upload } = withPuts(lab, puts);
  const finish = script.finish(upload);
  const ending = conclude(lab, script, upload, [0]);
  const transcript = await lab.run(script);
  if (transcript.isAccepted(finish))
    return {
      observed: 'the incomplete upload is finished',
      suggests: { field: 'incompleteFinish', value: undefined },
      isDangerous: true,
    };
  const fate = fateOf(transcript, upload, ending);
  return {
    observed: `${answerText(transcript.answer(finish))}; with the missing chunks after it, ${fateText(fate)}`,
    suggests: { field: 'incompleteFinish', value: 'rejected' },
    isDangerous: fate !== 'right',
  };
}

/** A script in which these chunks are put. */
function withPuts(lab: Lab, indices: readonly number[]) {
  const script = lab.script();
  const upload = script.begin(lab.threeChunks('a.bin'));
  for (const index of indices) script.put(upload, index);
  return { script, upload };
}

export const wrongHash: Experiment = {
  name: 'wrong-hash',
  tried: 'The complete upload is finished with a wrong hash.',
  lacks: ({ shape }) => {
    if (shape.finish === 'implied') return 'the last put finishes the upload';
    return shape.finishTakesHash ? undefined : 'a finish takes no hash';
  },
  run: (lab) => wrongFinish(lab, 'wrongHash', (script, upload) => script.finish(upload, { hash: 'flipped' })),
};

export const wrongLength: Experiment = {
  name: 'wrong-length',
  tried: 'The complete upload is finished with a length that is one byte too large.',
  lacks: ({ shape }) => {
    if (shape.finish === 'implied') return 'the last put finishes the upload';
    return shape.finishTakesLength ? undefined : 'a finish takes no length';
  },
  run: (lab) => wrongFinish(lab, undefined, (script, upload) => script.finish(upload, { lengthOff: 1 })),
};

async function wrongFinish(
  lab: Lab,
  field: 'wrongHash' | undefined,
  finish: (script: Script, upload: Upload) => number,
): Promise<Observation> {
  const { script, upload } = withPuts(lab, [0, 1, 2]);
  const wrong = finish(script, upload);
  const right = script.finish(upload);
  const read = readOf(lab, script, upload);
  const transcript = await lab.run(script);
  const isAccepted = transcript.isAccepted(wrong);
  const suggests = field && { field, value: isAccepted ? undefined : 'rejected' };
  if (isAccepted)
    return { observed: 'the wrong finish is accepted', suggests, isDangerous: field !== undefined };
  const fate = transcript.fate(upload, right, read);
  return {
    observed: `${answerText(transcript.answer(wrong))}; with a right finish after it, ${fateText(fate)}`,
    suggests,
    isDangerous: fate !== 'right',
  };
}

export const finishTwice: Experiment = {
  name: 'finish-twice',
  tried: 'The upload is finished twice.',
  lacks: lacksFinish,
  async run(lab) {
    const { script, upload } = withPuts(lab, [0, 1, 2]);
    const first = script.finish(upload);
    const second = script.finish(upload);
    const read = readOf(lab, script, upload);
    const transcript = await lab.run(script);
    const fate = transcript.fate(upload, first, read);
    if (!transcript.isAccepted(second))
      return {
        observed: `the second finish is ${answerText(transcript.answer(second))}; ${fateText(fate)}`,
        suggests: { field: 'repeatedFinish', value: 'rejected' },
        isDangerous: fate !== 'right',
      };
    const isSame = transcript.fileId(first) === transcript.fileId(second);
    return {
      observed: isSame
        ? `the second finish returns the same file; ${fateText(fate)}`
        : `the upload is published twice, as ${String(transcript.fileId(first))} and ${String(transcript.fileId(second))}`,
      suggests: { field: 'repeatedFinish', value: isSame ? 'same' : undefined },
      isDangerous: !isSame || fate !== 'right',
    };
  },
};

export const putAfterFinish: Experiment = {
  name: 'put-after-finish',
  tried: 'Other bytes are put after the upload is finished.',
  async run(lab) {
    const script = lab.script();
    const upload = script.begin(lab.threeChunks('a.bin'));
    const completion = script.complete(upload);
    const late = script.put(upload, 0, { data: { kind: 'flipped', at: 7 } });
    const read = readOf(lab, script, upload);
    const transcript = await lab.run(script);
    const fate = transcript.fate(upload, completion, read);
    return {
      observed: `the late put is ${answerText(transcript.answer(late))}; ${fateText(fate)}`,
      isDangerous: fate !== 'right',
    };
  },
};

/** Calls that are in flight at the same time. */
import type { Limits } from '../../../model/schedule.js';
import type { Experiment } from '../experiment.js';
import type { Lab } from '../lab.js';
import { answerText, fateText, lacksFinish, readOf } from './words.js';

/** Small steps of hashing, where the suite may choose them, so that a finish takes several messages. */
function limitsOf(lab: Lab): Limits {
  return { hashBytesPerCall: Math.max(1, Math.floor(lab.chunkSize / 4)) };
}

/** An upload with all its chunks, whose finish takes several messages if the suite may choose the limits. */
function readyToFinish(lab: Lab) {
  const limits = limitsOf(lab);
  const script = lab.script(limits);
  const upload = script.begin(lab.threeChunks('a.bin'));
  for (const index of script.indices(upload)) script.put(upload, index);
  return { limits, script, upload };
}

export const putDuringFinish: Experiment = {
  name: 'put-during-finish',
  tried: 'Other bytes are put while a finish is in progress.',
  lacks: lacksFinish,
  async run(lab) {
    const { limits, script, upload } = readyToFinish(lab);
    const finish = script.finishFirstMessage(upload);
    const put = script.put(upload, 0, { data: { kind: 'flipped', at: 7 }, hold: true });
    script.deliver(1);
    script.settle();
    const read = readOf(lab, script, upload);
    const transcript = await lab.run(script, limits);
    const fate = transcript.fate(upload, finish, read);
    const isDone = transcript.answer(finish).at < transcript.answer(put).invokedAt;
    return {
      observed: `${isDone ? 'a finish takes one message; ' : ''}the put is ${answerText(transcript.answer(put))}; ${fateText(fate)}`,
      suggests: { field: 'calls', value: fate === 'right' ? 'atomic' : undefined },
      isDangerous: fate !== 'right',
    };
  },
};

export const twoFinishesAtOnce: Experiment = {
  name: 'two-finishes-at-once',
  tried: 'Two finishes of one upload are in flight at the same time.',
  lacks: lacksFinish,
  async run(lab) {
    const { limits, script, upload } = readyToFinish(lab);
    const finishes = [0, 1].map(() => script.finish(upload, { hold: true }));
    script.deliver(0);
    script.deliver(0);
    script.settle();
    const read = readOf(lab, script, upload);
    const transcript = await lab.run(script, limits);
    const accepted = finishes.filter((finish) => transcript.isAccepted(finish));
    const ids = new Set(accepted.map((finish) => transcript.fileId(finish)));
    const fate = transcript.fate(upload, accepted[0] ?? finishes[0] ?? 0, read);
    const answers = finishes.map((finish) => answerText(transcript.answer(finish))).join(', ');
    const isFine = ids.size === 1 && fate === 'right';
    const what = ids.size > 1 ? `the upload is published ${ids.size} times` : fateText(fate);
    return {
      observed: `${ids.size === 1 && accepted.length === 2 ? 'both return the same file' : answers}; ${what}`,
      suggests: { field: 'calls', value: isFine ? 'atomic' : undefined },
      isDangerous: !isFine,
    };
  },
};

export const twoPutsAtOnce: Experiment = {
  name: 'two-puts-at-once',
  tried: 'Two chunks of one upload are in flight at the same time, and the later one arrives first.',
  lacks: ({ shape }) => (shape.address === 'append' ? 'a put names no place' : undefined),
  async run(lab) {
    const script = lab.script();
    const upload = script.begin(lab.threeChunks('a.bin'));
    const [first, second] = [0, 1].map((index) => script.put(upload, index, { hold: true }));
    script.deliver(1);
    script.settle();
    const missing = script.put(upload, 1);
    const last = script.put(upload, 2);
    const completion = lab.target.shape.finish === 'implied' ? last : script.finish(upload);
    const read = readOf(lab, script, upload);
    const transcript = await lab.run(script);
    const fate = transcript.fate(upload, completion, read);
    const answers = [first, second, missing].map((call) => answerText(transcript.answer(call ?? 0)));
    const [one, other, again] = answers;
    return {
      observed: `the first chunk is ${String(one)}, the second ${String(other)}, and repeated ${String(again)}; ${fateText(fate)}`,
      isDangerous: fate === 'wrong bytes' || fate === 'not readable',
    };
  },
};

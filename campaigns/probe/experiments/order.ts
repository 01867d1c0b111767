/** The order of chunks, and chunks that are sent again. */
import type { Experiment, Observation } from '../experiment.js';
import type { Lab } from '../lab.js';
import { answerText, conclude, fateOf, fateText, lacksAddress, withFate } from './words.js';

export const chunksOutOfOrder: Experiment = {
  name: 'chunks-out-of-order',
  tried: 'The second chunk is put before the first.',
  lacks: lacksOrder,
  run: (lab) => tryOrder(lab, [1, 0, 2]),
};

export const chunksReversed: Experiment = {
  name: 'chunks-reversed',
  tried: 'The chunks are put from the last to the first.',
  lacks: lacksOrder,
  run: (lab) => tryOrder(lab, [2, 1, 0]),
};

function lacksOrder({ shape }: Lab['target']): string | undefined {
  return shape.address === 'append' ? 'a put names no place' : undefined;
}

/** If the canister rejects a put, the upload continues in order, which must succeed. */
async function tryOrder(lab: Lab, order: readonly number[]): Promise<Observation> {
  const script = lab.script();
  const upload = script.begin(lab.threeChunks('a.bin'));
  const puts = order.map((index) => script.put(upload, index));
  const ending = conclude(lab, script, upload, script.indices(upload));
  const first = await lab.run(script);
  const rejected = puts.find((put) => !first.isAccepted(put));
  const fate = fateOf(first, upload, ending);
  if (rejected === undefined)
    return withFate('accepted', fate, { suggests: { field: 'chunkOrder', value: 'any' } });
  const again = lab.script();
  const other = again.begin(lab.threeChunks('a.bin'));
  const early = again.put(other, order[0] ?? 1);
  const otherEnding = conclude(lab, again, other);
  const second = await lab.run(again);
  const after = fateOf(second, other, otherEnding);
  return {
    observed: `${answerText(second.answer(early))}; continued in order, ${fateText(after)}`,
    suggests: { field: 'chunkOrder', value: 'ascending' },
    isDangerous: after !== 'right',
  };
}

export const chunkTwice: Experiment = {
  name: 'chunk-twice',
  tried: 'A chunk is put twice with the same bytes.',
  async run(lab) {
    const script = lab.script();
    const upload = script.begin(lab.threeChunks('a.bin'));
    script.put(upload, 0);
    const again = script.put(upload, 0);
    const ending = conclude(lab, script, upload, [0]);
    const transcript = await lab.run(script);
    const value = transcript.isAccepted(again) ? 'accepted' : 'rejected';
    return withFate(
      `the repeated put is ${answerText(transcript.answer(again))}`,
      fateOf(transcript, upload, ending),
      { suggests: { field: 'repeatedPut', value } },
    );
  },
};

export const otherBytes: Experiment = {
  name: 'other-bytes',
  tried: 'Other bytes are put where a chunk is stored.',
  lacks: lacksAddress,
  async run(lab) {
    const script = lab.script();
    const upload = script.begin(lab.threeChunks('a.bin'));
    script.put(upload, 0);
    const other = script.put(upload, 0, { data: { kind: 'flipped', at: 7 } });
    const ending = conclude(lab, script, upload, [0]);
    const transcript = await lab.run(script);
    const fate = fateOf(transcript, upload, ending);
    if (!transcript.isAccepted(other))
      return withFate(`the other bytes are ${answerText(transcript.answer(other))}`, fate, {
        suggests: { field: 'otherPut', value: 'rejected' },
      });
    if (fate === 'right')
      return {
        observed: 'the other bytes are acknowledged and not stored: the first bytes stay',
        suggests: { field: 'otherPut', value: undefined },
        isDangerous: true,
      };
    return replaced(lab);
  },
};

/** The other bytes were accepted, and the file of the first bytes is not right: so the right bytes must replace them. */
async function replaced(lab: Lab): Promise<Observation> {
  const script = lab.script();
  const upload = script.begin(lab.threeChunks('a.bin'));
  script.put(upload, 0, { data: { kind: 'flipped', at: 7 } });
  const right = script.put(upload, 0);
  const ending = conclude(lab, script, upload, [0]);
  const transcript = await lab.run(script);
  const fate = fateOf(transcript, upload, ending);
  if (fate === 'right')
    return {
      observed: 'the other bytes replace the first ones, and right bytes replace them again',
      suggests: { field: 'otherPut', value: 'replaces' },
    };
  return {
    observed: `the other bytes are accepted; right bytes after them are ${answerText(transcript.answer(right))}, and ${fateText(fate)}`,
    suggests: { field: 'otherPut', value: undefined },
    isDangerous: fate === 'wrong bytes',
  };
}

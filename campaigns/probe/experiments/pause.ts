/** An upload that its owner pauses. */
import type { Experiment } from '../experiment.js';
import { answerText, lacksOperation } from './words.js';

export const putDuringPause: Experiment = {
  name: 'put-during-pause',
  tried: 'The upload is paused, and a missing chunk is put.',
  lacks: (target) => lacksOperation(target, 'pause'),
  async run(lab) {
    const script = lab.script();
    const upload = script.begin(lab.threeChunks('a.bin'));
    script.put(upload, 0);
    const pause = script.pause(upload);
    const late = script.put(upload, 1);
    const transcript = await lab.run(script);
    if (!transcript.isAccepted(pause))
      return { observed: `the pause is ${answerText(transcript.answer(pause))}` };
    const isAccepted = transcript.isAccepted(late);
    return {
      observed: isAccepted
        ? 'the put during the pause is accepted'
        : `the put is ${answerText(transcript.answer(late))}`,
      suggests: { field: 'pause', value: isAccepted ? undefined : 'stops' },
    };
  },
};

/** How many uploads a caller may have open. */
import type { Experiment } from '../experiment.js';
import { answerText, lacksOperation } from './words.js';

const UPLOADS_MAX = 120;

export const openUploads: Experiment = {
  name: 'open-uploads',
  tried: `A caller begins up to ${UPLOADS_MAX} uploads and finishes none.`,
  async run(lab) {
    const script = lab.script();
    const puts: number[] = [];
    for (let count = 0; count < UPLOADS_MAX; count++) {
      const upload = script.begin(lab.threeChunks(`file-${count}.bin`, count));
      puts.push(lab.target.shape.begin === 'implied' ? script.put(upload, 0) : upload.begin);
    }
    const transcript = await lab.run(script);
    const refused = puts.findIndex((call) => !transcript.isAccepted(call));
    if (refused === -1) return { observed: `all ${UPLOADS_MAX} uploads are open at the same time` };
    const answer = transcript.answer(puts[refused] ?? 0);
    return {
      observed: `after ${refused} open uploads the next one is ${answerText(answer)}`,
      // The suite cannot set the limit of a canister whose limit it found.
      suggests: {
        field: 'limits.activeSessionsMax',
        value: refused === 0 ? undefined : refused,
      },
    };
  },
};

export const beginAfterAborts: Experiment = {
  name: 'begin-after-aborts',
  tried: `A caller begins and aborts ${UPLOADS_MAX} uploads, and begins one more.`,
  lacks: (target) => lacksOperation(target, 'abort'),
  async run(lab) {
    const script = lab.script();
    const puts: number[] = [];
    for (let count = 0; count <= UPLOADS_MAX; count++) {
      const upload = script.begin(lab.threeChunks(`file-${count}.bin`, count));
      puts.push(lab.target.shape.begin === 'implied' ? script.put(upload, 0) : upload.begin);
      script.abort(upload);
    }
    const transcript = await lab.run(script);
    const refused = puts.findIndex((call) => !transcript.isAccepted(call));
    if (refused === -1) return { observed: 'aborted uploads do not count as open' };
    const answer = transcript.answer(puts[refused] ?? 0);
    return {
      observed: `after ${refused} aborted uploads the next one is ${answerText(answer)}`,
      suggests: { field: 'storage', value: undefined },
      isDangerous: true,
    };
  },
};

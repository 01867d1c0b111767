/** Uploads that were aborted. */
import type { Experiment } from '../experiment.js';
import type { CallNumber, Script, Upload } from '../script.js';
import { answerText, firstReason, lacksFinish, lacksOperation } from './words.js';

interface AfterAbort {
  readonly name: string;
  readonly tried: string;
  readonly what: string;
  readonly call: (script: Script, upload: Upload) => CallNumber;
  readonly lacks?: Experiment['lacks'];
}

const AFTER_ABORT: readonly AfterAbort[] = [
  {
    name: 'abort-then-put',
    tried: 'The upload is aborted, and its missing chunk is put.',
    what: 'put',
    call: (script, upload) => script.put(upload, 2),
    lacks: ({ shape }) =>
      shape.begin === 'implied' ? 'a put after the abort begins a new upload' : undefined,
  },
  {
    name: 'abort-then-finish',
    tried: 'The complete upload is aborted, and then finished.',
    what: 'finish',
    call: (script, upload) => script.finish(upload),
    lacks: lacksFinish,
  },
];

export const afterAbort: readonly Experiment[] = AFTER_ABORT.map(
  ({ name, tried, what, call, lacks }): Experiment => ({
    name,
    tried,
    lacks: (target) => firstReason(lacksOperation(target, 'abort'), lacks?.(target)),
    async run(lab) {
      const script = lab.script();
      const upload = script.begin(lab.threeChunks('a.bin'));
      for (const index of what === 'put' ? [0, 1] : [0, 1, 2]) script.put(upload, index);
      const abort = script.abort(upload);
      const late = call(script, upload);
      const transcript = await lab.run(script);
      if (!transcript.isAccepted(abort))
        return { observed: `the abort is ${answerText(transcript.answer(abort))}` };
      const isAccepted = transcript.isAccepted(late);
      return {
        observed: isAccepted
          ? `the ${what} after the abort is accepted`
          : `the ${what} is ${answerText(transcript.answer(late))}`,
        suggests: { field: 'abort', value: isAccepted ? undefined : 'ends' },
        isDangerous: isAccepted,
      };
    },
  }),
);

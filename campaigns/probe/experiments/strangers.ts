/** Calls of a caller who has not begun the upload. */
import type { Experiment } from '../experiment.js';
import type { CallNumber, Script, Upload } from '../script.js';
import {
  answerText,
  conclude,
  fateOf,
  fateText,
  firstReason,
  lacksFinish,
  lacksOperation,
  withFate,
} from './words.js';

const STRANGER = 1;

interface Intrusion {
  readonly name: string;
  readonly tried: string;
  readonly access: 'put' | 'finish' | 'abort' | 'status';
  /** The chunks that the owner puts before. */
  readonly before: readonly number[];
  readonly call: (script: Script, upload: Upload) => CallNumber;
  readonly lacks?: Experiment['lacks'];
}

const INTRUSIONS: readonly Intrusion[] = [
  {
    name: 'stranger-puts',
    tried: 'A stranger puts a chunk of other bytes into the upload.',
    access: 'put',
    before: [0],
    call: (script, upload) => script.put(upload, 1, { data: { kind: 'flipped', at: 7 }, by: STRANGER }),
  },
  {
    name: 'stranger-finishes',
    tried: 'A stranger finishes the complete upload.',
    access: 'finish',
    before: [0, 1, 2],
    call: (script, upload) => script.finish(upload, { by: STRANGER }),
    lacks: lacksFinish,
  },
  {
    name: 'stranger-finishes-with-a-wrong-hash',
    tried: 'A stranger finishes the complete upload with a wrong hash.',
    access: 'finish',
    before: [0, 1, 2],
    call: (script, upload) => script.finish(upload, { hash: 'flipped', by: STRANGER }),
    lacks: (target) =>
      firstReason(lacksFinish(target), target.shape.finishTakesHash ? undefined : 'a finish takes no hash'),
  },
  {
    name: 'stranger-aborts',
    tried: 'A stranger aborts the upload.',
    access: 'abort',
    before: [0],
    call: (script, upload) => script.abort(upload, { by: STRANGER }),
    lacks: (target) => lacksOperation(target, 'abort'),
  },
  {
    name: 'stranger-asks-status',
    tried: 'A stranger asks for the status of the upload.',
    access: 'status',
    before: [0],
    call: (script, upload) => script.status(upload, { by: STRANGER }),
    lacks: (target) => lacksOperation(target, 'status'),
  },
];

export const intrusions: readonly Experiment[] = INTRUSIONS.map(
  ({ name, tried, access, before, call, lacks }): Experiment => ({
    name,
    tried,
    ...(lacks === undefined ? {} : { lacks }),
    async run(lab) {
      const script = lab.script();
      const upload = script.begin(lab.threeChunks('a.bin'));
      for (const index of before) script.put(upload, index);
      const intrusion = call(script, upload);
      const ending = conclude(lab, script, upload, before);
      const transcript = await lab.run(script);
      const isAccepted = transcript.isAccepted(intrusion);
      const fate = fateOf(transcript, upload, ending);
      const suggests = {
        field: `access.${access}` as const,
        value: isAccepted ? 'anyone' : 'owner',
      };
      if (!isAccepted) {
        const observed = `the stranger is ${answerText(transcript.answer(intrusion))}`;
        return withFate(observed, fate, { suggests });
      }
      // Where every caller has keys of its own, the call named an upload of the stranger.
      if (lab.target.shape.session !== 'server' && fate === 'right')
        return {
          observed: `the stranger's ${access} is accepted, as one of an own upload; ${fateText(fate)}`,
        };
      // Every caller of a schedule is permitted to upload.
      if (lab.target.grantCaller !== undefined)
        return {
          observed: `the ${access} of another permitted caller is accepted; afterwards ${fateText(fate)}`,
          suggests,
          isDangerous: fate === 'wrong bytes',
        };
      const observed = `the stranger's ${access} is accepted; afterwards ${fateText(fate)}`;
      return { observed, suggests, isDangerous: access !== 'status' || fate !== 'right' };
    },
  }),
);

export const strangerReads: Experiment = {
  name: 'stranger-reads',
  tried: 'A stranger reads the finished file.',
  lacks: ({ shape }) => (shape.read === 'none' ? 'files are not read' : undefined),
  async run(lab) {
    const script = lab.script();
    const upload = script.begin(lab.threeChunks('a.bin'));
    script.complete(upload);
    const read = script.read(upload, { by: STRANGER });
    const transcript = await lab.run(script);
    if (!transcript.isAccepted(read))
      return {
        observed: `the stranger is ${answerText(transcript.answer(read))}`,
        suggests: { field: 'access.read', value: 'owner' },
      };
    const { result } = transcript.answer(read);
    if (result?.kind === 'blob' && result.metaRefused === true)
      return {
        observed: `the stranger's readMeta is rejected, and readChunk returns ${Number(result.size).toLocaleString('en-US')} B`,
        suggests: { field: 'access.read', value: undefined },
        isDangerous: true,
      };
    const isRight = transcript.hasRead(read, upload);
    return {
      observed: isRight ? 'the stranger reads the file' : 'the stranger reads other bytes',
      suggests: { field: 'access.read', value: 'anyone' },
      isDangerous: !isRight,
    };
  },
};

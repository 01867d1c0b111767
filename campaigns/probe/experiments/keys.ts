/** Uploads that share a key or a name. */
import type { Experiment, Observation } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { BeginOptions } from '../script.js';
import type { Answer, Transcript } from '../transcript.js';
import { answerText, conclude, fateOf, fateText, readOf } from './words.js';

export const beginTwice: Experiment = {
  name: 'begin-twice',
  tried: 'An upload is begun twice with the same arguments.',
  lacks: ({ shape }) => (shape.begin === 'implied' ? 'the first put begins the upload' : undefined),
  async run(lab) {
    const script = lab.script();
    const file = lab.threeChunks('a.bin');
    const first = script.begin(file, { key: 'key' });
    script.put(first, 0);
    const second = script.begin(file, { key: 'key' });
    const ending = conclude(lab, script, first, [0]);
    const transcript = await lab.run(script);
    const fate = fateOf(transcript, first, ending);
    const { value, observed } = repeatedBegin(transcript, first.begin, second.begin, lab);
    const isKept = fate === 'right';
    return {
      observed: `${observed}; the first upload continues, and ${fateText(fate)}`,
      suggests: { field: 'repeatedBegin', value: isKept ? value : undefined },
      isDangerous: !isKept,
    };
  },
};

function repeatedBegin(transcript: Transcript, first: number, second: number, { target }: Lab) {
  const answer = transcript.answer(second);
  if (!answer.isAccepted) return { value: 'rejected', observed: `the second begin is ${answerText(answer)}` };
  const before = transcript.answer(first).result;
  const isSame =
    target.shape.session !== 'server' ||
    (answer.result?.kind === 'begun' &&
      before?.kind === 'begun' &&
      answer.result.sessionId === before.sessionId);
  return isSame
    ? { value: 'same', observed: 'the second begin returns the same session' }
    : { value: 'new', observed: 'the second begin returns another session' };
}

export const twoUploadsOneName: Experiment = {
  name: 'two-uploads-one-name',
  tried: 'Two files of the same name are uploaded at the same time.',
  lacks: ({ shape }) => (shape.session === 'name' ? 'the name is the upload' : undefined),
  run: (lab) => interleaved(lab, {}, 'name.bin', 'name.bin'),
};

export const twoUploads: Experiment = {
  name: 'two-uploads',
  tried: 'A caller uploads two files at the same time.',
  run: (lab) => interleaved(lab, {}, 'a.bin', 'b.bin'),
};

export const twoCallersOneKey: Experiment = {
  name: 'two-callers-one-key',
  tried: 'Two callers upload two files with the same key and the same name at the same time.',
  run: (lab) => interleaved(lab, { caller: 1, key: 'key-A' }, 'a.bin', 'a.bin'),
};

/** The puts of two uploads alternate. Both are finished and read. */
async function interleaved(
  lab: Lab,
  second: BeginOptions,
  ...names: readonly [string, string]
): Promise<Observation> {
  const script = lab.script();
  const a = script.begin(lab.threeChunks(names[0], 1));
  const b = script.begin(lab.threeChunks(names[1], 2), second);
  for (const index of [0, 1]) for (const upload of [a, b]) script.put(upload, index);
  const endings = [a, b].map((upload) => {
    const completion = script.complete(upload, { without: [0, 1] });
    return { upload, completion, readAtOnce: readOf(lab, script, upload) };
  });
  const reads = endings.map(({ upload }) => readOf(lab, script, upload));
  const transcript = await lab.run(script);
  const fates = endings.map(({ upload, completion }, place) =>
    transcript.fate(upload, completion, reads[place]),
  );
  const [first, other] = fates;
  if (first === 'right' && other === 'right')
    return { observed: 'both files are right', suggests: { field: 'uploads', value: 'independent' } };
  const wereRight = endings.every(
    ({ upload, completion, readAtOnce }) => transcript.fate(upload, completion, readAtOnce) === 'right',
  );
  // A file that is finished later may take the place of one of the same key or name.
  if (names[0] === names[1] && wereRight && other === 'right')
    return {
      observed: 'both files are right when they are finished; the one that is finished last takes the name',
    };
  // The first of two equal keys or names may win, if the second caller learns of it.
  const refused = [b.begin, endings[1]?.completion ?? b.begin].find((call) => !transcript.isAccepted(call));
  const isMixed = refused !== undefined && isChecksumMismatch(transcript.answer(refused));
  if (
    first === 'right' &&
    refused !== undefined &&
    !isMixed &&
    (names[0] === names[1] || refused === b.begin)
  )
    return {
      observed: `the first file is right; the second upload is rejected: ${transcript.answer(refused).text}`,
      suggests: { field: 'uploads', value: undefined },
    };
  const [textA, textB] = fates.map(fateText);
  return {
    observed: `first upload: ${String(textA)}; second upload: ${String(textB)}`,
    suggests: { field: 'uploads', value: undefined },
    isDangerous: true,
  };
}

/** The bytes of two uploads were mixed, which is worse than a rejection. */
function isChecksumMismatch({ result }: Answer): boolean {
  return result?.kind === 'error' && result.error === 'ChecksumMismatch';
}

export const overwrite: Experiment = {
  name: 'overwrite-a-file',
  tried: 'Another file is uploaded under the key and the name of a finished one.',
  lacks: ({ shape }) => (shape.read === 'none' ? 'files are not read' : undefined),
  async run(lab) {
    const script = lab.script();
    const [old, other] = [lab.threeChunks('a.bin', 1), lab.threeChunks('a.bin', 2)];
    const key = lab.target.shape.session === 'key' ? 'key' : undefined;
    const a = script.begin(old, key === undefined ? {} : { key });
    script.complete(a);
    const b = script.begin(other, key === undefined ? {} : { key });
    const put = script.put(b, 0);
    const between = script.read(a);
    const completion = script.complete(b, { without: [0] });
    const readNew = script.read(b);
    const readOld = script.read(a);
    const transcript = await lab.run(script);
    const isReadable = transcript.hasRead(between, a);
    if (!transcript.isAccepted(completion)) {
      const refused = [b.begin, put, completion].find((call) => !transcript.isAccepted(call)) ?? completion;
      return {
        observed: `the second upload is ${answerText(transcript.answer(refused))}; the old file is ${isReadable ? 'readable' : 'lost'}`,
        suggests: { field: 'overwriting', value: isReadable ? 'rejected' : undefined },
        isDangerous: !isReadable,
      };
    }
    const isNewRight = transcript.hasRead(readNew, b);
    const isSeparate = transcript.hasRead(readOld, a);
    const value = isSeparate ? 'separate' : 'replaces';
    const isFine = isReadable && isNewRight;
    const until = isReadable ? 'stays readable' : 'is lost while the new one is uploaded';
    return {
      observed: `${isSeparate ? 'both files exist' : 'the new file replaces the old one'}; the old one ${until}${isNewRight ? '' : '; the new file is not right'}`,
      suggests: { field: 'overwriting', value: isFine ? value : undefined },
      isDangerous: !isFine,
    };
  },
};

/** The first upload: begin, put, finish, read back. If it fails, no experiment can say anything. */
import { InputError } from '../../harness/input-error.js';
import type { EvidenceLine } from './evidence.js';
import type { Lab } from './lab.js';
import type { CallNumber } from './script.js';

export interface SmokeFailure {
  /** The call that failed, and its answer. */
  readonly line: string;
  /** Whether the canister rejected the begin or the first put, for example because of the size of chunks. */
  readonly isAtStart: boolean;
  readonly evidence: readonly EvidenceLine[];
}

/** Uploads and reads one file of three chunks. @returns why that fails; `undefined` if it succeeds */
export async function smokeUpload(lab: Lab): Promise<SmokeFailure | undefined> {
  const script = lab.script();
  const upload = script.begin(lab.threeChunks('smoke.bin'));
  const completion = script.complete(upload);
  const read = lab.canRead ? script.read(upload) : undefined;
  const transcript = await lab.run(script);
  const [evidence = []] = lab.takeEvidence();
  const last = read ?? completion;
  for (let call: CallNumber = upload.begin; call <= last; call++) {
    if (transcript.isAccepted(call)) continue;
    const place = call - upload.begin;
    return { line: failureText(evidence[place]), isAtStart: place <= 1, evidence };
  }
  if (transcript.fileId(completion) === undefined)
    return failed(`no call finished the upload: ${failureText(evidence.at(-1))}`, evidence);
  if (read !== undefined && !transcript.hasRead(read, upload))
    return failed(`the file that was read has other bytes: ${failureText(evidence.at(-1))}`, evidence);
  return undefined;
}

function failed(line: string, evidence: SmokeFailure['evidence']): SmokeFailure {
  return { line, isAtStart: false, evidence };
}

function failureText(line: EvidenceLine | undefined): string {
  return line === undefined ? 'no call was made' : `${line.call}: ${line.answer}`;
}

/** @throws InputError with one line that names the failed call and its answer, and with all calls as details */
export function throwSmokeFailure({ line, evidence }: SmokeFailure): never {
  throw new InputError(`the first upload fails: ${line}; correct the target, or the canister`, {
    details: evidence.map(({ call, answer }) => `${call} → ${answer}`),
  });
}

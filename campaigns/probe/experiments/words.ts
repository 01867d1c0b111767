/** Sentences that several experiments share. */
import type { Target } from '../../../targets/target.js';
import type { RequestName } from '../../../model/operations.js';
import type { Observation } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { CallNumber, Script, Upload } from '../script.js';
import type { Answer, Fate, Transcript } from '../transcript.js';

const FATES: Readonly<Record<Fate, string>> = {
  right: 'the file is right',
  'wrong bytes': 'the file has wrong bytes',
  'not finished': 'the upload cannot be finished',
  'not readable': 'the file cannot be read',
};

export function fateText(fate: Fate): string {
  return FATES[fate];
}

/** `accepted`, or `rejected (ChecksumMismatch)`. */
export function answerText({ isAccepted, text }: Answer): string {
  return isAccepted ? 'accepted' : `rejected: ${text}`;
}

/** The end of a script: the upload is completed and read. */
export interface Ending {
  readonly completion: CallNumber;
  readonly read: CallNumber | undefined;
}

/** Completes the upload and reads the file. */
export function conclude(lab: Lab, script: Script, upload: Upload, without: readonly number[] = []): Ending {
  const completion = script.complete(upload, { without });
  return { completion, read: readOf(lab, script, upload) };
}

export function readOf(lab: Lab, script: Script, upload: Upload): CallNumber | undefined {
  return lab.canRead ? script.read(upload) : undefined;
}

export function fateOf(transcript: Transcript, upload: Upload, { completion, read }: Ending): Fate {
  return transcript.fate(upload, completion, read);
}

/** For experiments that need operations which not every interface has. */
export function lacksOperation({ operations }: Target, ...names: readonly RequestName[]): string | undefined {
  const missing = names.filter((name) => !operations.has(name));
  return missing.length === 0 ? undefined : `the interface has no ${missing.join(' and no ')}`;
}

export function lacksFinish({ shape }: Target): string | undefined {
  return shape.finish === 'implied' ? 'the last put finishes the upload' : undefined;
}

export function lacksAddress({ shape }: Target): string | undefined {
  return shape.address === 'append' || shape.address === 'receipt' ? 'a put names no place' : undefined;
}

/** The first reason that is there. */
export function firstReason(...reasons: readonly (string | undefined)[]): string | undefined {
  return reasons.find((reason) => reason !== undefined);
}

/** An observation about a correct upload that something wrong happened to: it is dangerous if the upload suffers. */
export function withFate(observed: string, fate: Fate, more: Partial<Observation> = {}): Observation {
  return {
    observed: `${observed}; ${fateText(fate)}`,
    ...more,
    isDangerous: (more.isDangerous ?? false) || fate !== 'right',
  };
}

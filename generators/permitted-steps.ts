/**
 * Leaves calls out of the lanes of a canister that does not implement the whole specification. Correct calls stay, alternatives that the
 * canister promises to accept, and wrong calls that it promises to reject. Nobody knows what other calls should do.
 */
import { chunkLengthSent } from '../model/content.js';
import { isOnSession } from '../model/operations.js';
import type { FileRecipe, Operation } from '../model/schedule.js';
import { chunksToPut, type CallRules } from './call-rules.js';
import type { LaneStep } from './upload.js';

/** What the earlier steps of the lane have done to a session. */
interface Progress {
  isBegun: boolean;
  /** Whether the bytes are right, by index. */
  readonly put: Map<number, boolean>;
  isFinished: boolean;
  isAborted: boolean;
}

/** The files of the sessions of a lane. */
export interface LaneFile {
  readonly recipe: FileRecipe;
  readonly chunkSize: number;
}

/** The steps of a lane without the calls that the rules do not allow. */
export function permittedSteps(
  steps: readonly LaneStep[],
  rules: CallRules,
  { recipe, chunkSize }: LaneFile,
): LaneStep[] {
  const sessions = new Map<string, Progress>();
  const count = chunksToPut(recipe.bytes, chunkSize, rules);
  return steps.filter((step) => {
    if (step.do !== 'call' || !('session' in step.operation)) return true;
    const { operation } = step;
    const known = sessions.get(operation.session);
    const progress = known ?? { isBegun: false, put: new Map(), isFinished: false, isAborted: false };
    sessions.set(operation.session, progress);
    if ('by' in operation && !rules.guests.has(operation.op)) return rules.strangers.has(operation.op);
    return isPermitted(operation, progress, rules, { bytes: recipe.bytes, chunkSize, count });
  });
}

interface Extent {
  readonly bytes: number;
  readonly chunkSize: number;
  readonly count: number;
}

function isPermitted(operation: Operation, progress: Progress, rules: CallRules, extent: Extent): boolean {
  switch (operation.op) {
    case 'begin':
      return isBeginPermitted(operation, progress, rules);
    case 'put':
      return isPutPermitted(operation, progress, rules, extent);
    case 'finish':
      return isFinishPermitted(operation, progress, rules, extent);
    case 'abort': {
      // It is not promised what the abort of a finished upload does.
      if (!rules.abort || progress.isFinished) return false;
      progress.isAborted = true;
      if (rules.impliedBegin) progress.put.clear();
      return true;
    }
    default:
      return !isOnSession(operation.op) || progress.isBegun;
  }
}

function isBeginPermitted(
  { chunksOff }: Operation & { op: 'begin' },
  progress: Progress,
  { repeatedBegin }: CallRules,
): boolean {
  if (chunksOff !== undefined) return true;
  if (progress.isBegun && !progress.isAborted && !repeatedBegin) return false;
  if (progress.isAborted) {
    progress.isAborted = false;
    progress.isFinished = false;
    progress.put.clear();
  }
  progress.isBegun = true;
  return true;
}

function isPutPermitted(
  { index, data }: Operation & { op: 'put' },
  { put, isFinished }: Progress,
  rules: CallRules,
  { bytes, chunkSize, count }: Extent,
): boolean {
  const right = chunkLengthSent(bytes, chunkSize, index, { kind: 'right' });
  const isMisplaced = index >= count || chunkLengthSent(bytes, chunkSize, index, data) !== right;
  if (isMisplaced) return rules.wrongPut && !(rules.appends && isFinished);
  const isRight = data.kind === 'right' || right === 0;
  const stored = put.get(index);
  if (stored !== undefined) {
    if (rules.appends || !(isRight && stored ? rules.repeatedPut : rules.otherPut)) return false;
    put.set(index, isRight);
    return true;
  }
  const isInOrder = index === put.size;
  if (!isInOrder && (rules.order !== 'any' || rules.appends))
    return rules.order === 'ascending' && !rules.appends;
  if (!isRight && !rules.corruptPut) return false;
  put.set(index, isRight);
  return true;
}

function isFinishPermitted(
  { hash, lengthOff }: Operation & { op: 'finish' },
  progress: Progress,
  rules: CallRules,
  { count }: Extent,
): boolean {
  if (lengthOff !== 0) return false;
  if (hash !== 'right' && (!rules.wrongHash || progress.isFinished)) return false;
  if (progress.isFinished) return rules.repeatedFinish;
  if (progress.put.size < count && !rules.incompleteFinish) return false;
  if (hash === 'right' && progress.put.size >= count) progress.isFinished = true;
  return true;
}

/** The lane with puts that never wait. */
export function withPromptPuts(steps: readonly LaneStep[]): LaneStep[] {
  return steps.map((step) =>
    step.do === 'call' && step.operation.op === 'put' ? { ...step, isPrompt: true } : step,
  );
}

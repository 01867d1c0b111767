/** A mutator of the data of a step: arguments of calls, callers, and jumps of time. */
import { chunkCount } from '../../model/content.js';
import { operationsOf, withStep } from '../../model/edit-schedule.js';
import { hashArgument } from '../../model/operation-fields.js';
import type { ChunkData, Operation, Schedule, Step } from '../../model/schedule.js';
import type { Dice } from '../dice.js';
import { jumpsSeconds } from '../environment-steps.js';
import { pick } from '../pick.js';
import type { Abilities } from '../schedule.js';
import { draw, type Mutator } from './mutator.js';
import { contextOf } from './session-context.js';

const LENGTHS_OFF = [0, 1, -1, 64, -64] as const;
/** Number of steps that are tried before the mutator gives up: most reads have no data. */
const ATTEMPTS = 4;

export const changeData: Mutator = (schedule, dice, abilities) => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const index = dice.below(schedule.steps.length);
    const step = schedule.steps[index];
    if (step === undefined) return undefined;
    const changed = changedStep(step, schedule, dice, abilities);
    if (changed !== undefined) return withStep(schedule, index, changed);
  }
  return undefined;
};

/** `undefined` if the step has no data to change. */
function changedStep(step: Step, schedule: Schedule, dice: Dice, abilities: Abilities): Step | undefined {
  switch (step.do) {
    case 'call': {
      const operation = changedOperation(step.operation, schedule, dice, abilities);
      return operation === undefined ? undefined : { ...step, operation };
    }
    case 'advance': {
      const seconds = draw(jumpsSeconds(dice.below(8), schedule.limits), dice);
      return seconds === undefined ? undefined : { ...step, seconds };
    }
    case 'lose':
      return { ...step, pick: dice.below(4) };
    case 'deliver':
    case 'drain':
    case 'outage':
    case 'recover':
    case 'restart':
    case 'upgrade':
      return undefined;
  }
}

function changedOperation(
  operation: Operation,
  schedule: Schedule,
  dice: Dice,
  abilities: Abilities,
): Operation | undefined {
  if (dice.chance(100)) return overOther(operation, abilities, dice);
  if ('session' in operation && operation.op !== 'begin' && dice.chance(150))
    return { ...operation, by: dice.below(schedule.callers) };
  switch (operation.op) {
    case 'begin':
      return changedBegin(operation, schedule, dice, abilities);
    case 'put':
      return changedPut(operation, schedule, dice, abilities);
    case 'finish':
      if (dice.chance(500)) return { ...operation, hash: pick(hashArgument.options, dice.below(5)) };
      return { ...operation, lengthOff: pick(LENGTHS_OFF, dice.below(LENGTHS_OFF.length)) };
    case 'cleanup':
    case 'list':
    case 'listFiles':
    case 'listMemories':
    case 'usage':
    case 'stats':
    case 'config':
      return { ...operation, caller: dice.below(schedule.callers) };
    case 'abort':
    case 'pause':
    case 'resume':
    case 'status':
    case 'read':
    case 'readWhole':
    case 'memory':
    case 'readMemory':
    case 'deleteMemory':
      return undefined;
  }
}

/** The operation over HTTP, or by a Candid method if it was over HTTP. */
function overOther(operation: Operation, { http }: Abilities, dice: Dice): Operation | undefined {
  if (http?.has(operation.op) !== true) return undefined;
  const { via: _, ...plain } = operation as Operation & { readonly via?: unknown };
  if ('via' in operation) return plain;
  return { ...plain, via: dice.chance(900) ? 'http' : 'http-no-token' } as Operation;
}

/** Another key or caller, so that two sessions share one, or a wrong number of chunks. */
function changedBegin(
  begin: Operation & { op: 'begin' },
  schedule: Schedule,
  dice: Dice,
  { rules }: Abilities,
): Operation | undefined {
  const kind = dice.below(3);
  if (kind === 0) return { ...begin, caller: dice.below(schedule.callers) };
  if (kind === 1) return { ...begin, chunksOff: dice.chance(500) ? 1 : -1 };
  if (rules?.sharedKeys === false) return undefined;
  const keys = operationsOf(schedule).flatMap((other) => (other.op === 'begin' ? [other.key] : []));
  const key = draw(keys, dice);
  return key === undefined ? undefined : { ...begin, key };
}

/** Other bytes, or the bytes of another place. */
function changedPut(
  put: Operation & { op: 'put' },
  schedule: Schedule,
  dice: Dice,
  abilities: Abilities,
): Operation | undefined {
  const context = contextOf(schedule, put.session, abilities);
  if (context === undefined) return undefined;
  const count = Math.max(1, chunkCount(context.recipe.bytes, context.chunkSize));
  if (dice.chance(500)) return { ...put, index: dice.below(count + 1) };
  const data: readonly ChunkData[] = [
    { kind: 'right' },
    { kind: 'flipped', at: dice.below(context.chunkSize) },
    { kind: 'short' },
    { kind: 'long' },
    { kind: 'empty' },
    { kind: 'of-index', index: dice.below(count) },
  ];
  return { ...put, data: pick(data, dice.below(data.length)) };
}

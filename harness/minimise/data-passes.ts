/** Passes over the data of single steps. */
import type { AssetSource, Limits, Operation, Step } from '../../model/schedule.js';
import { at } from '../at.js';
import { withoutIntruder, withStep } from '../../model/edit-schedule.js';
import type { Pass } from './search.js';

/**
 * Replaces intruders by owners, and wrong data by right data, or else by the plainest wrong data. Makes jumps of time shorter. An intruder
 * may be the owner already, if callers have been merged.
 */
export const simplifyData: Pass = async (search) => {
  for (let index = 0; index < search.best.steps.length; index++) {
    for (const simpler of simplerSteps(at(search.best.steps, index))) {
      if (await search.attempt(withStep(search.best, index, simpler))) break;
    }
  }
};

/** From the plainest on. */
function simplerSteps(step: Step): Step[] {
  switch (step.do) {
    case 'advance':
      return [1, 60, 600, 3_600, 86_400]
        .filter((seconds) => seconds < step.seconds)
        .map((seconds) => ({ ...step, seconds }));
    case 'upgrade':
      return fewerLimits(step.limits ?? {}).map(upgradeWith);
    case 'call':
      return [...ownersCalls(step.operation), ...simplerOperations(step.operation)].map((operation) => ({
        ...step,
        operation,
      }));
    case 'lose':
      return step.pick === 0 ? [] : [{ ...step, pick: 0 }];
    case 'outage':
      return step.condition === 'stopped' ? [] : [{ ...step, condition: 'stopped' }];
    case 'deliver':
    case 'drain':
    case 'recover':
    case 'restart':
      return [];
  }
}

function upgradeWith(limits: Limits): Step {
  return Object.keys(limits).length === 0 ? { do: 'upgrade' } : { do: 'upgrade', limits };
}

/** No limits, else one fewer. */
function fewerLimits(limits: Limits): Limits[] {
  const names = Object.keys(limits) as (keyof Limits)[];
  if (names.length === 0) return [];
  const without = names.map((name) => {
    const { [name]: _dropped, ...rest } = limits;
    return rest;
  });
  return [{}, ...without];
}

function ownersCalls(operation: Operation): Operation[] {
  return 'by' in operation ? [withoutIntruder(operation)] : [];
}

function simplerOperations(operation: Operation): Operation[] {
  switch (operation.op) {
    case 'begin':
      return simplerBegins(operation);
    case 'put': {
      if (operation.data.kind === 'right') return [];
      const right: Operation = { ...operation, data: { kind: 'right' } };
      return operation.data.kind === 'flipped'
        ? [right, { ...operation, data: { kind: 'flipped', at: 0 } }]
        : [right];
    }
    case 'finish':
      return simplerFinishes(operation);
    case 'memory': {
      const { capsuleOf, ...plain } = operation;
      const simpler = simplerAssets(operation.assets).map((assets) => ({ ...operation, assets }));
      return capsuleOf === undefined ? simpler : [plain, ...simpler];
    }
    case 'abort':
    case 'pause':
    case 'resume':
    case 'status':
    case 'read':
    case 'readWhole':
    case 'readMemory':
    case 'deleteMemory':
    case 'cleanup':
    case 'list':
    case 'listFiles':
    case 'usage':
    case 'listMemories':
    case 'stats':
    case 'config':
      return [];
  }
}

/** Without both arguments, else with one of them. */
function simplerBegins(begin: Extract<Operation, { op: 'begin' }>): Operation[] {
  const { chunksOff, capsuleOf, ...plain } = begin;
  if (chunksOff === undefined && capsuleOf === undefined) return [];
  if (chunksOff === undefined || capsuleOf === undefined) return [plain];
  return [plain, { ...plain, chunksOff }, { ...plain, capsuleOf }];
}

function simplerFinishes(finish: Extract<Operation, { op: 'finish' }>): Operation[] {
  const { hash, lengthOff } = finish;
  return [
    { ...finish, hash: 'right', lengthOff: 0 },
    { ...finish, hash: 'right' },
    { ...finish, lengthOff: 0 },
    { ...finish, hash: hash === 'right' ? 'right' : 'flipped' },
    { ...finish, lengthOff: Math.sign(lengthOff) },
  ];
}

/** One asset fewer, else fewer bytes in one. */
function simplerAssets(assets: readonly AssetSource[]): AssetSource[][] {
  const without = assets.map((_, index) => assets.toSpliced(index, 1));
  const shorter = assets.flatMap((asset, index) =>
    'inlineBytes' in asset
      ? [0, 1, 2, Math.floor(asset.inlineBytes / 2)]
          .filter((bytes) => bytes < asset.inlineBytes)
          .map((inlineBytes) => assets.with(index, { ...asset, inlineBytes }))
      : [],
  );
  return [...without, ...shorter];
}

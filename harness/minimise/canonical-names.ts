/** The names and lanes that every shrunk schedule has. They say nothing about the failure, so they are the same everywhere. */
import type { Operation, Schedule, Step } from '../../model/schedule.js';
import { mapOperations, operationsOf, sessionOfStep, sessionsOf } from '../../model/edit-schedule.js';

/**
 * The schedule with sessions `A`, `B`, …, memories `M`, `M2`, …, and keys `key-A`, `key-B`, …, in order of first use. Sessions that
 * share a key keep sharing one.
 */
export function withCanonicalNames(schedule: Schedule): Schedule {
  const labels = canonicalLabels(schedule);
  const keys = new Map<string, string>();
  const steps = mapOperations(schedule, (operation) => {
    const renamed = renameLabels(operation, (label) => labels.get(label) ?? label);
    if (renamed.op !== 'begin') return renamed;
    const key = keys.get(renamed.key) ?? `key-${renamed.session}`;
    keys.set(renamed.key, key);
    return { ...renamed, key };
  });
  return { ...schedule, steps };
}

/** The schedule with one lane per session. Operations that name no session stay in the lane of the operation before them. */
export function withCanonicalLanes(schedule: Schedule): Schedule {
  const lanes = new Map(sessionsOf(schedule).map((session, lane) => [session, lane]));
  let lane = 0;
  const steps = schedule.steps.map((step): Step => {
    if (step.do !== 'call') return step;
    const session = sessionOfStep(step);
    if (session !== undefined) lane = lanes.get(session) ?? lane;
    return { ...step, lane };
  });
  return { ...schedule, steps };
}

function canonicalLabels(schedule: Schedule): ReadonlyMap<string, string> {
  const labels = new Map(sessionsOf(schedule).map((label, index) => [label, sessionLabel(index)]));
  // The memory that a finish makes goes by the label of its session.
  const memories = operationsOf(schedule).flatMap((operation) =>
    'memory' in operation && !labels.has(operation.memory) ? [operation.memory] : [],
  );
  for (const [index, label] of [...new Set(memories)].entries())
    labels.set(label, index === 0 ? 'M' : `M${index + 1}`);
  return labels;
}

/** `A` to `L`, then `S13`, `S14`, …: `M` is the label of a memory. */
function sessionLabel(index: number): string {
  return index < 12 ? String.fromCharCode('A'.charCodeAt(0) + index) : `S${index + 1}`;
}

function renameLabels(operation: Operation, rename: (label: string) => string): Operation {
  if ('session' in operation) return { ...operation, session: rename(operation.session) };
  if (operation.op === 'memory') {
    const assets = operation.assets.map((asset) =>
      'blobOf' in asset ? { ...asset, blobOf: rename(asset.blobOf) } : asset,
    );
    return { ...operation, memory: rename(operation.memory), assets };
  }
  return 'memory' in operation ? { ...operation, memory: rename(operation.memory) } : operation;
}

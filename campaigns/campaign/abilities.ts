/** What generators may use for a target on a replica: the operations, limits, and rules that follow from its shape and promises. */
import type { CallRules } from '../../generators/call-rules.js';
import type { Abilities } from '../../generators/schedule.js';
import { canisterNames } from '../../harness/execution/canisters.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { OperationName } from '../../model/operations.js';
import { hasFixedLimits, limitsFor } from '../../targets/limits.js';
import { operationsOf } from '../../targets/operations.js';
import type { Promises } from '../../targets/promises.js';
import type { Target } from '../../targets/target.js';

export function abilitiesOf(target: Target, runner: Pick<ScheduleRunner, 'replica'>): Abilities {
  const { abilities, name } = runner.replica.info;
  const { promises, shape } = target;
  const isSpecified = promises.specification !== undefined;
  // On a live network the canister is in use, so it is neither upgraded nor restarted.
  const mayChange = name !== 'live' && (isSpecified || promises.upgrade !== undefined);
  return {
    operations: operationsOf(target),
    defaultChunkSize: target.defaultChunkSize,
    time: abilities.has('time') && (isSpecified || promises.expiry !== undefined),
    upgrade: mayChange,
    restart: abilities.has('stop') && mayChange,
    network: abilities.has('network') && mayChange,
    capsules: target.decodeCapsule !== undefined,
    olderLayout: target.olderModule !== undefined,
    newLimits: target.takesNewLimits === true,
    fixedLimits: hasFixedLimits(target),
    limitsFor: (drawn) => limitsFor(target, drawn),
    countsChunks: shape.countsChunks,
    // Default schedules of the specification reach these limits in other ways, and their draw does not change.
    sessionScenarios: !isSpecified,
    keepsUploads: isSpecified || promises.upgrade === 'everything',
    canisters: canisterNames(target),
    ...(isSpecified ? {} : { rules: callRulesOf(target) }),
    ...(target.http === undefined ? {} : { http: target.http.operations }),
  };
}

/** The largest number of chunks that generators draw. */
const MANY_CHUNKS = 513;

/** The calls that the shape and the promises permit. */
export function callRulesOf({ shape, promises }: Pick<Target, 'shape' | 'promises'>): CallRules {
  const { session, address, finish } = shape;
  const { chunksMax } = promises.limits;
  const verifiesHash = promises.wrongHash !== undefined && shape.finishTakesHash;
  const areNamesFree = promises.overwriting !== undefined || promises.uploads === 'independent';
  return {
    order: promises.chunkOrder ?? 'unknown',
    appends: address === 'append',
    repeatedPut: promises.repeatedPut !== undefined,
    otherPut: promises.otherPut !== undefined,
    wrongPut: promises.wrongPut !== undefined,
    corruptPut: promises.wrongHash !== undefined,
    incompleteFinish: promises.incompleteFinish !== undefined,
    wrongHash: verifiesHash,
    repeatedFinish: promises.repeatedFinish !== undefined,
    repeatedBegin: promises.repeatedBegin !== undefined,
    abort: promises.abort !== undefined,
    strangers: operationsOfAccess(promises, 'owner'),
    guests: operationsOfAccess(promises, 'anyone'),
    session,
    overwrites: promises.overwriting !== undefined,
    sharedKeys: session === 'key' ? promises.overwriting !== undefined : promises.repeatedBegin !== undefined,
    sharedNames: session === 'name' ? promises.overwriting !== undefined : areNamesFree,
    keysByCaller: shape.keySpace === 'caller',
    impliedBegin: shape.begin === 'implied',
    impliedFinish: finish === 'implied',
    manyChunks: chunksMax === 'init' || (chunksMax ?? 0) >= MANY_CHUNKS,
    anyChunkSize: promises.limits.chunkSize === 'client',
    finishLists: finish === 'list',
  };
}

/** The operations of each right in `promises.access`. */
const RIGHTS: Readonly<Record<keyof NonNullable<Promises['access']>, readonly OperationName[]>> = {
  put: ['put'],
  finish: ['finish'],
  abort: ['abort'],
  status: ['status'],
  read: ['read', 'readWhole'],
};

function operationsOfAccess({ access = {} }: Promises, who: 'owner' | 'anyone'): ReadonlySet<OperationName> {
  const rights = Object.keys(RIGHTS) as (keyof typeof RIGHTS)[];
  return new Set(rights.filter((right) => access[right] === who).flatMap((right) => RIGHTS[right]));
}

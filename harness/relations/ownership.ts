/** Who owns the uploads of an execution, and which calls come from strangers. */
import { viaOf, type Operation } from '../../model/operations.js';
import type { Promises } from '../../targets/promises.js';
import { sessionOf, type CallRecord } from '../history/calls.js';
import type { Execution } from './execution.js';

export type AccessName = keyof NonNullable<Promises['access']>;

/** The permission that each operation needs. */
export const ACCESS: Readonly<Partial<Record<Operation['op'], AccessName>>> = {
  put: 'put',
  pause: 'put',
  resume: 'put',
  finish: 'finish',
  abort: 'abort',
  status: 'status',
  read: 'read',
  readWhole: 'read',
};

/**
 * By session id: the caller who began the upload. Where clients choose the ids, several callers may begin uploads with one id. It then
 * depends on the interface whose upload it is, so the id has no owner.
 */
export function ownersOf({ calls }: Execution): ReadonlyMap<string, number> {
  const owners = new Map<string, number>();
  const shared = new Set<string>();
  for (const { operation, result } of calls.values()) {
    if (operation.op !== 'begin' || result?.kind !== 'begun') continue;
    const owner = owners.get(result.sessionId) ?? operation.caller;
    if (owner !== operation.caller) shared.add(result.sessionId);
    owners.set(result.sessionId, owner);
  }
  for (const sessionId of shared) owners.delete(sessionId);
  return owners;
}

/** Whether the owner of the upload made the call. */
export function isByOwner(record: CallRecord, owners: ReadonlyMap<string, number>): boolean {
  const session = sessionOf(record);
  return session !== undefined && owners.get(session) === record.request?.by;
}

/** Whether a caller who has no permission made the call, if the target promises that only owners have it. */
export function isByStranger(
  record: CallRecord,
  owners: ReadonlyMap<string, number>,
  { access = {} }: Promises,
): boolean {
  const name = ACCESS[record.operation.op];
  const session = sessionOf(record);
  if (name === undefined || access[name] !== 'owner' || session === undefined || !owners.has(session))
    return false;
  return viaOf(record.operation) === 'http-no-token' || owners.get(session) !== record.request?.by;
}

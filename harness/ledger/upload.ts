/** The uploads of a history: which calls belong to each. Groups calls by the answers alone; uses no model. */
import type { CallRecord } from '../history/calls.js';
import { isQuery, sessionOf } from '../history/calls.js';
import type { History } from '../history/history.js';
import { type Effect, effectOf } from './effects.js';

export type BeginRequest = Extract<CallRecord['request'], { op: 'begin' }>;

/** One upload of one file. */
export interface Upload {
  /** The session's id: what the canister returned, the key, or the name. */
  readonly id: string;
  /** The first begin, whose answer is known. */
  readonly begin: Effect;
  readonly request: NonNullable<BeginRequest>;
  readonly owner: number;
  /** Index into the schedule's files. */
  readonly file: number;
  /** In bytes. */
  readonly chunkSize: number;
  /** Calls on the upload in the order in which they take effect, without its begins. */
  readonly writes: readonly Effect[];
  readonly reads: readonly Effect[];
  /** Another upload has the same id at the same time, or the id was given out twice. Nothing is known about it then. */
  readonly isAmbiguous: boolean;
}

export type OpenUpload = {
  -readonly [Name in keyof Upload]: Upload[Name] extends readonly Effect[] ? Effect[] : Upload[Name];
};

export interface UploadsOptions {
  readonly history: History;
  readonly calls: readonly CallRecord[];
  /** In bytes, for begins that record no chunk size. */
  readonly chunkSize: number;
  /** Whether a begin of an id that is known continues the upload that has it: `undefined` if that is not known. */
  readonly continues: (
    earlier: Upload,
    begin: Effect,
    request: NonNullable<BeginRequest>,
  ) => boolean | undefined;
}

/** The uploads in the order in which their begins were answered. */
export function uploadsOf({ history, calls, chunkSize, continues }: UploadsOptions): readonly Upload[] {
  const effects = calls.map((call) => effectOf(call, history)).sort((a, b) => a.from - b.from || a.to - b.to);
  const uploads: OpenUpload[] = [];
  /** By id, the latest upload last. */
  const byId = new Map<string, OpenUpload[]>();
  for (const effect of effects.toSorted((a, b) => a.to - b.to)) {
    const { request, result, chunkSize: chunkSizeThen = chunkSize } = effect.call;
    if (request?.op !== 'begin' || result?.kind !== 'begun') continue;
    const { sessionId: id } = result;
    const known = byId.get(id) ?? [];
    byId.set(id, known);
    const earlier = known.at(-1);
    const isContinued = earlier && continues(withCalls(earlier, effects), effect, request);
    if (earlier !== undefined && isContinued === true) continue;
    const { by: owner, file } = request;
    const upload = { id, begin: effect, request, owner, file, chunkSize: chunkSizeThen };
    const isAmbiguous = earlier !== undefined && isContinued === undefined;
    if (isAmbiguous) earlier.isAmbiguous = true;
    const open: OpenUpload = { ...upload, writes: [], reads: [], isAmbiguous };
    known.push(open);
    uploads.push(open);
  }
  for (const effect of effects) {
    const id = sessionOf(effect.call);
    const upload = id === undefined ? undefined : ownerOf(byId.get(id) ?? [], effect);
    if (upload !== undefined) addCall(upload, effect);
  }
  return uploads;
}

/** The upload that a call on its id names: the latest one that was begun before. */
function ownerOf(sameId: readonly OpenUpload[], effect: Effect): OpenUpload | undefined {
  const upload = sameId.findLast(({ begin }) => begin.to <= effect.call.invoked);
  const later = sameId.find(({ begin }) => begin.to > effect.call.invoked);
  if (later !== undefined && effect.certainty !== 'none' && later.begin.from < effect.to) {
    later.isAmbiguous = true;
    if (upload !== undefined) upload.isAmbiguous = true;
  }
  return upload;
}

function withCalls(upload: OpenUpload, effects: readonly Effect[]): Upload {
  const copy: OpenUpload = { ...upload, writes: [], reads: [] };
  for (const effect of effects)
    if (sessionOf(effect.call) === upload.id && effect.call.invoked > upload.begin.to) addCall(copy, effect);
  return copy;
}

export function addCall(upload: OpenUpload, effect: Effect): void {
  (isQuery(effect.call) ? upload.reads : upload.writes).push(effect);
}

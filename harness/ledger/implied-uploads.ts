/** The uploads of an interface without begins: the first put on a free key or name begins an upload. */
import { fileAt, type ContentOracle } from '../../model/oracle.js';
import type { CallRecord } from '../history/calls.js';
import { sessionOf } from '../history/calls.js';
import type { History } from '../history/history.js';
import { effectOf, type Effect } from './effects.js';
import { addCall, type OpenUpload, type Upload } from './upload.js';
import type { Phase } from './upload-state.js';

export interface ImpliedUploadsOptions {
  readonly history: History;
  readonly calls: readonly CallRecord[];
  /** In bytes, for puts that record no chunk size. */
  readonly chunkSize: number;
  readonly oracle: ContentOracle;
  /** The phase of an upload when the call takes effect. */
  readonly phaseAt: (upload: Upload, effect: Effect) => Phase;
}

/** The uploads in the order of their first puts. */
export function impliedUploadsOf(options: ImpliedUploadsOptions): readonly Upload[] {
  const { history, calls } = options;
  const effects = calls.map((call) => effectOf(call, history)).sort((a, b) => a.from - b.from || a.to - b.to);
  const uploads: OpenUpload[] = [];
  const latest = new Map<string, OpenUpload>();
  for (const effect of effects) {
    const id = sessionOf(effect.call);
    if (id === undefined || effect.call.outcome === 'skipped') continue;
    const current = latest.get(id);
    const choice = effect.call.request?.op === 'put' ? uploadOfPut(current, effect, options) : current;
    if (choice === 'new') {
      const begun = newUpload(id, effect, options);
      if (begun === undefined) continue;
      // Of two uploads under one key, the one that did not end may go on.
      begun.isAmbiguous = current?.isAmbiguous === true;
      latest.set(id, begun);
      uploads.push(begun);
      addCall(begun, effect);
    } else if (choice !== undefined) addCall(choice, effect);
  }
  return uploads;
}

/** The upload that a put belongs to; `undefined` if a refused put belongs to none. */
function uploadOfPut(
  current: OpenUpload | undefined,
  effect: Effect,
  { oracle, phaseAt }: ImpliedUploadsOptions,
): OpenUpload | 'new' | undefined {
  const { request } = effect.call;
  if (current === undefined || request?.op !== 'put') return 'new';
  const phase = phaseAt(current, effect);
  if (phase === 'finished' || phase === 'aborted') return 'new';
  const [file, other] = [fileAt(oracle.files, current.file), fileAt(oracle.files, request.file)];
  const isSame =
    current.owner === request.by &&
    file.name === other.name &&
    file.bytes === other.bytes &&
    oracle.isSameFile(current.file, request.file);
  if (isSame && (phase === 'open' || phase === 'paused')) return current;
  if (!current.writes.some(({ certainty }) => certainty !== 'none')) return 'new';
  if (effect.certainty === 'none') return isSame ? current : undefined;
  // The put may continue the upload, or begin another one.
  current.isAmbiguous = true;
  return current;
}

function newUpload(
  id: string,
  effect: Effect,
  { calls, chunkSize: chunkSizeAtFirst }: ImpliedUploadsOptions,
): OpenUpload | undefined {
  const { request, operation } = effect.call;
  if (request?.op !== 'put') return undefined;
  const begin = calls.findLast(
    (call) =>
      call.operation.op === 'begin' &&
      'session' in operation &&
      call.operation.session === operation.session &&
      call.invoked < effect.call.invoked,
  )?.request;
  if (begin?.op !== 'begin') return undefined;
  const { by: owner, file, chunkSize = chunkSizeAtFirst } = request;
  const isAmbiguous = false;
  return {
    id,
    begin: effect,
    request: { ...begin, by: owner, file },
    owner,
    file,
    chunkSize,
    writes: [],
    reads: [],
    isAmbiguous,
  };
}

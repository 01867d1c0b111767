/**
 * Compares the answers of two executions, call by call, up to a renaming of ids. An id is compared by its origin: whether an earlier
 * begin with the same caller and key, or an earlier finish of the same session, returned it. Errors are compared by their kind, and
 * lists as sets. Times, costs, and texts are not compared.
 */
import type { Result } from '../../model/result.js';
import type { CallRecord } from '../history/calls.js';
import { answerKind } from '../evidence/answer-kinds.js';
import type { Execution } from './execution.js';

/** The first pair of corresponding calls whose answers differ. */
export interface Difference {
  readonly base: CallRecord;
  readonly variant: CallRecord;
  /** The kinds of both answers. If they are equal, they name the part that differs. */
  readonly baseKind: string;
  readonly variantKind: string;
}

export interface CompareOptions {
  /** By number of a call of the variant: the number of the corresponding call of the base. */
  readonly counterparts: ReadonlyMap<number, number>;
  /** Whether the answers of a call of the base are compared; default: all are. */
  readonly isCompared?: ((base: CallRecord) => boolean) | undefined;
  /** Parts of answers that are not compared, e.g. `missing`. */
  readonly ignoredParts?: ReadonlySet<string> | undefined;
  /** If true, it is irrelevant which of the accepted puts finishes an upload. */
  readonly anyPutFinishes?: boolean | undefined;
}

export function firstDifference(
  base: Execution,
  variant: Execution,
  { counterparts, isCompared, ignoredParts, anyPutFinishes }: CompareOptions,
): Difference | undefined {
  const pairs = [...counterparts].sort(([a, x], [b, y]) => x - y || a - b);
  const names = { base: new Names(), variant: new Names() };
  for (const [variantCall, baseCall] of pairs) {
    const one = base.calls.get(baseCall);
    const other = variant.calls.get(variantCall);
    // A call that was not issued in one of the executions follows an answer that differed, or that was not compared.
    if (one === undefined || other === undefined) continue;
    const answers = { base: names.base.answer(one), variant: names.variant.answer(other) };
    if (isCompared?.(one) === false) continue;
    if (anyPutFinishes === true && isAcceptedPut(one) && isAcceptedPut(other)) continue;
    const kinds = differingKinds(answers, ignoredParts);
    if (kinds !== undefined) return { base: one, variant: other, ...kinds };
  }
  return undefined;
}

function isAcceptedPut({ operation, outcome }: CallRecord): boolean {
  return operation.op === 'put' && outcome === 'ok';
}

/** An answer without what two executions need not share. */
interface Answer {
  readonly kind: string;
  readonly parts: Readonly<Record<string, string>>;
}

function differingKinds(
  { base, variant }: { readonly base: Answer; readonly variant: Answer },
  ignoredParts: ReadonlySet<string> | undefined,
): Pick<Difference, 'baseKind' | 'variantKind'> | undefined {
  if (base.kind !== variant.kind) return { baseKind: base.kind, variantKind: variant.kind };
  const names = new Set([...Object.keys(base.parts), ...Object.keys(variant.parts)]);
  const differing = [...names].find(
    (name) => ignoredParts?.has(name) !== true && base.parts[name] !== variant.parts[name],
  );
  if (differing === undefined) return undefined;
  return {
    baseKind: `${base.kind} with one ${differing}`,
    variantKind: `${base.kind} with another ${differing}`,
  };
}

/** Names ids by their origin. */
class Names {
  readonly #sessions = new Ids();
  readonly #blobs = new Ids();
  readonly #memories = new Ids();

  answer(record: CallRecord): Answer {
    const { result, outcome } = record;
    if (result === undefined)
      return { kind: outcome === 'info' ? 'no known answer' : 'no answer', parts: {} };
    return { kind: answerKind(result), parts: this.#parts(result, record) };
  }

  #parts(result: Result, record: CallRecord): Answer['parts'] {
    switch (result.kind) {
      case 'begun':
        return { session: this.#sessions.bind(result.sessionId, ownerOf(record)) };
      case 'finished': {
        const { blobId, memoryId, size, sha256 } = result;
        return {
          blob: this.#blobs.bind(blobId, ownerOf(record)),
          ...textPart('memory', memoryId && this.#memories.bind(memoryId, ownerOf(record))),
          ...textPart('size', size),
          ...textPart('hash', sha256),
        };
      }
      case 'status':
        return {
          ...textPart('byte count', result.bytesReceived),
          ...textPart('chunk count', result.chunksReceived),
          ...textPart('missing chunks', result.missing && JSON.stringify(result.missing)),
          ...textPart('chunk size', result.chunkSize),
        };
      case 'blob':
        return {
          size: result.size,
          ...textPart('stated size', result.statedSize),
          content: result.sha256,
        };
      case 'sessions':
        return { list: this.#sessions.listed(result.sessionIds) };
      case 'memories':
        return { list: this.#memories.listed(result.memoryIds) };
      case 'memory': {
        const { memoryId, assets } = result;
        const isNew = record.operation.op === 'memory';
        return {
          ...(isNew ? { memory: this.#memories.bind(memoryId, ownerOf(record)) } : {}),
          assets: JSON.stringify(
            assets.map((asset) => ({ ...asset, blobId: this.#blobs.nameOf(asset.blobId) })),
          ),
        };
      }
      case 'files':
        return { list: this.#blobs.listed(result.blobIds) };
      case 'usage':
        return {
          ...textPart('number of open uploads', result.openUploads),
          ...textPart('byte count', result.bytes),
        };
      case 'stats':
        return statsParts(result);
      case 'config':
        return { limits: JSON.stringify(result.limits), lifetime: result.sessionTtlNs };
      case 'done':
      case 'error':
      case 'rejected':
      case 'undecodable':
        return {};
    }
  }
}

/** Ids of one kind by their owners: the first id of an owner is the same as the first id of this owner in another execution. */
class Ids {
  readonly #names = new Map<string, { readonly name: string; readonly owner: string }>();
  readonly #counts = new Map<string, number>();

  /** The name of an id that a call returned. Interfaces may use the ids of ended uploads again, for other owners. */
  bind(id: string, owner: string): string {
    const known = this.#names.get(id);
    if (known?.owner === owner) return known.name;
    const count = (this.#counts.get(owner) ?? 0) + 1;
    this.#counts.set(owner, count);
    const name = `${count} of ${owner}`;
    this.#names.set(id, { name, owner });
    return name;
  }

  nameOf(id: string | undefined): string | undefined {
    return id === undefined ? undefined : this.#names.get(id)?.name;
  }

  /** The names of the ids that calls in both executions returned, as a set. */
  listed(ids: readonly string[]): string {
    return JSON.stringify(ids.flatMap((id) => this.nameOf(id) ?? []).sort());
  }
}

/** What a new id belongs to: caller and key of a begin, or the label of a session or memory. */
function ownerOf({ operation, request }: CallRecord): string {
  if (operation.op === 'begin') return JSON.stringify([request?.by, operation.key]);
  if ('session' in operation) return operation.session;
  return 'memory' in operation ? operation.memory : operation.op;
}

/** Tokens belong to the set-up, which depends on the calls of a schedule. Free blocks depend on the order of writes. */
function statsParts({ counters, blocks }: Extract<Result, { kind: 'stats' }>): Answer['parts'] {
  const compared = Object.entries(counters).filter(([name]) => name !== 'httpTokens');
  return {
    ...Object.fromEntries(compared.map(([name, value]) => [`counter ${name}`, String(value)])),
    'number of used blocks': String(blocks.used),
  };
}

function textPart(name: string, value: string | number | undefined): Answer['parts'] {
  return value === undefined ? {} : { [name]: String(value) };
}

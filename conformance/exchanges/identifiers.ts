/** Translates the identifiers in a trace, which the recorded server chose, to those of the server under test. */
import type { Exchange, TraceAnswer } from './exchange.js';

const INSTANCE = /^\/instances\/(\d+)(?=\/|$)/;
const SUBMIT = '/update/submit_ingress_message';

/** The pointers to the identifiers in an answer. */
export function identifierPointers({ path, ids }: Exchange): readonly string[] {
  return ids ?? (path.endsWith(SUBMIT) ? ['/response/Ok/message_id'] : []);
}

export class Identifiers {
  readonly #instances = new Map<string, string>();
  readonly #texts = new Map<string, string>();

  /** Remembers the identifiers in the answer to an exchange. */
  learn(exchange: Exchange, seen: TraceAnswer): void {
    for (const pointer of identifierPointers(exchange)) {
      const before = textAt(exchange, pointer);
      const now = textAt(seen, pointer);
      if (before === undefined || now === undefined) continue;
      if (pointer.endsWith('/instance_id')) this.#instances.set(before, now);
      else this.#texts.set(before, now);
    }
  }

  readonly mapText = (text: string): string => this.#texts.get(text) ?? text;

  mapPath(path: string): string {
    const id = INSTANCE.exec(path)?.[1];
    if (id === undefined) return path;
    return path.replace(INSTANCE, `/instances/${this.#instances.get(id) ?? id}`);
  }
}

function textAt(value: unknown, pointer: string): string | undefined {
  let inner: unknown = value;
  for (const key of pointer.split('/').slice(1)) {
    if (typeof inner !== 'object' || inner === null) return undefined;
    inner = (inner as Record<string, unknown>)[key];
  }
  return typeof inner === 'string' || typeof inner === 'number' ? String(inner) : undefined;
}

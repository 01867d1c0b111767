/** The recorded session of `@dfinity/pic` 0.16.1 with a PocketIC 10.0.0 server. See `conformance/golden/README.md`. */
import { readFileSync } from 'node:fs';

const FOLDER = new URL('../../../conformance/golden/', import.meta.url);

export interface Exchange {
  /** The library method that caused it, for example `createCanister`. */
  readonly api: string;
  readonly method: string;
  readonly path: string;
  readonly content_type?: string;
  readonly request: string;
  readonly status: number;
  readonly response_content_type?: string;
  readonly response: string;
}

/** The value that the library returned to its caller, or the error that it threw. */
export interface LibraryResult {
  readonly api: string;
  readonly returned?: unknown;
  readonly threw?: string;
}

const entries = JSON.parse(readFileSync(new URL('rest-exchanges.json', FOLDER), 'utf8')) as (
  Exchange | LibraryResult
)[];

export const exchanges: readonly Exchange[] = entries.filter((entry): entry is Exchange => 'method' in entry);

export const libraryResults: readonly LibraryResult[] = entries.filter((entry) => !('method' in entry));

/** Returns the exchanges of one library method. The session calls some methods twice (`getTime`, `getStableMemory`). */
export function exchangesOf(api: string): readonly Exchange[] {
  const found = exchanges.filter((exchange) => exchange.api === api);
  if (found.length === 0) throw new Error(`no exchange of ${api} was recorded`);
  return found;
}

/** Returns the module that the recorded session installed. */
export function sessionModule(): Uint8Array {
  return new Uint8Array(readFileSync(new URL('wasm/traps.traps.wasm', FOLDER)));
}

/** Compares a text with a recorded one. The recording truncates long texts to `{start}…({length} characters)`. */
export function matchesRecorded(text: string, recorded: string): boolean {
  const cut = /^(.*)…\((\d+) characters\)$/s.exec(recorded);
  if (!cut) return text === recorded;
  return text.length === Number(cut[2]) && text.startsWith(cut[1] ?? '');
}

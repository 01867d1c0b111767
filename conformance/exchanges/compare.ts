/** Compares an answer with the recorded one. */
import { createHash } from 'node:crypto';
import { expandJson, isDigest, type Digest } from './described-values.js';
import type { Exchange, TraceAnswer } from './exchange.js';
import { identifierPointers } from './identifiers.js';

export interface Difference {
  /** JSON pointer (RFC 6901) into the exchange, for example `/response/Ok`. */
  readonly pointer: string;
  readonly recorded: unknown;
  readonly seen: unknown;
}

/** Returns what binds and differs. */
export function compareAnswer(exchange: Exchange, seen: TraceAnswer): readonly Difference[] {
  const ignored = [...identifierPointers(exchange), ...(exchange.free ?? [])];
  const recorded = {
    status: exchange.status ?? 200,
    response_type: exchange.response_type,
    response: expandJson(exchange.response, (text) => text),
  };
  const { status, response_type, response } = seen;
  return differences(recorded, { status, response_type, response }, '').filter(
    ({ pointer }) => !ignored.some((pattern) => covers(pattern, pointer)),
  );
}

function differences(recorded: unknown, seen: unknown, pointer: string): Difference[] {
  if (recorded === seen) return [];
  if (isObject(recorded) && typeof seen === 'string' && isDigest(recorded) && hasDigest(seen, recorded))
    return [];
  if (!isObject(recorded) || !isObject(seen) || Array.isArray(recorded) !== Array.isArray(seen))
    return [{ pointer, recorded, seen }];
  const keys = new Set([...Object.keys(recorded), ...Object.keys(seen)]);
  return [...keys].flatMap((key) => differences(recorded[key], seen[key], `${pointer}/${escape(key)}`));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

const escape = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** The digest of bytes in base64, or of a text. */
function hasDigest(seen: string, { sha256, length }: Digest): boolean {
  return (['base64', 'utf8'] as const).some((encoding) => {
    const bytes = Buffer.from(seen, encoding);
    return bytes.length === length && createHash('sha256').update(bytes).digest('hex') === sha256;
  });
}

/** Whether the pointer is the one that the pattern describes, or below it. */
function covers(pattern: string, pointer: string): boolean {
  const wanted = pattern.split('/');
  const parts = pointer.split('/');
  return (
    wanted.length <= parts.length && wanted.every((part, index) => part === '*' || part === parts[index])
  );
}

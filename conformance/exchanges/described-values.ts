/** Expands the bytes and texts of a trace, which stand in a short form if they are long. */
import type { TraceBytes, TraceText } from './exchange.js';
import { readTraceFile } from './trace-files.js';

export function expandBytes(bytes: TraceBytes): Buffer {
  if (typeof bytes === 'string') return Buffer.from(bytes, 'base64');
  if ('file' in bytes) return readTraceFile(bytes.file);
  if ('fill' in bytes) return Buffer.alloc(bytes.count, Buffer.from(bytes.fill, 'hex'));
  return Buffer.concat(bytes.parts.map(expandBytes));
}

export function expandText(text: TraceText): string {
  if (typeof text === 'string') return text;
  return text.text.map((part) => (typeof part === 'string' ? part : part.letter.repeat(part.count))).join('');
}

/** Bytes or a text of an answer that were too long to keep. */
export interface Digest {
  readonly sha256: string;
  readonly length: number;
}

const FORMS = ['file', 'count,fill', 'parts', 'text'];
const DIGEST_FORM = 'length,sha256';

const formOf = (value: object): string => Object.keys(value).sort().join();

export function isDigest(value: object): value is Digest {
  return formOf(value) === DIGEST_FORM;
}

/** Expands every short form in a JSON value. `mapText` replaces each string that stands for itself. */
export function expandJson(value: unknown, mapText: (text: string) => string): unknown {
  if (typeof value === 'string') return mapText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => expandJson(entry, mapText));
  if (FORMS.includes(formOf(value))) {
    return 'text' in value
      ? expandText(value as TraceText)
      : expandBytes(value as Exclude<TraceBytes, string>).toString('base64');
  }
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, expandJson(entry, mapText)]));
}

/** Reads and formats the files of the second batch. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../package-root.js';
import { parseExactJson, stringifyExactJson } from '../../replicas/pocketic/exact-json.js';
import type { ExchangeTrace } from './exchange.js';

const FOLDER = join(PACKAGE_ROOT, 'conformance', 'golden2');
const FORMAT = 1;

/** The names of all traces, for example `04-freezing`, in order. */
export function exchangeTraceNames(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/** The text of a trace's file. */
export function readExchangeText(name: string): string {
  return readFileSync(join(FOLDER, `${name}.json`), 'utf8');
}

/** Integers above 2^53 are bigints. */
export function readExchangeTrace(name: string): ExchangeTrace {
  const trace = parseExactJson(readExchangeText(name)) as ExchangeTrace;
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- the file may be of a later format
  if (trace.format !== FORMAT) throw new Error(`${name}.json has a format that this version cannot read`);
  return trace;
}

/** Returns a file that a trace names, for example `wasm/counter.wasm`. */
export function readTraceFile(path: string): Buffer {
  return readFileSync(join(FOLDER, path));
}

/** Formats a trace as its file has it: one exchange per line. */
export function formatExchangeTrace({ exchanges, ...head }: ExchangeTrace): string {
  const fields = Object.entries(head).map(
    ([name, value]) => `${JSON.stringify(name)}: ${stringifyExactJson(value)},\n`,
  );
  const lines = exchanges.map((exchange) => stringifyExactJson(exchange));
  return `{\n${fields.join('')}"exchanges": [\n${lines.join(',\n')}\n]}\n`;
}

/** Compares the results of a replay with the list of expected differences. */
import { readExpectedDifferences } from '../exchanges/expected-differences.js';
import { replayExchanges, type ExchangeResult } from '../exchanges/replay.js';
import { readExchangeTrace } from '../exchanges/trace-files.js';
import { stringifyExactJson } from '../../replicas/pocketic/exact-json.js';
import { createInProcessSend } from './in-process-server.js';

/** Replays a trace on a fresh server of this project in this thread. */
export async function replayInProcess(name: string): Promise<readonly ExchangeResult[]> {
  const server = createInProcessSend();
  try {
    return await replayExchanges(readExchangeTrace(name), server.send);
  } finally {
    await server.dispose();
  }
}

/** Returns a line for each exchange that differs and is not listed, and for each listed one that does not differ. */
export function unexpectedExchanges(name: string, results: readonly ExchangeResult[]): readonly string[] {
  const expected = readExpectedDifferences(name);
  const lines = results.flatMap((result) => {
    const { index, exchange, differences } = result;
    const known = expected.get(index);
    if (differences.length > 0) return known === undefined ? [describeDifference(result)] : [];
    if (known === undefined) return [];
    return [
      `${index} ${exchange.label}: listed as ${known}, but answered as recorded; run npm run conformance:baseline ${name}`,
    ];
  });
  const absent = [...expected.keys()].filter((index) => index >= results.length);
  return [...lines, ...absent.map((index) => `${index}: listed, but the trace has no such exchange`)];
}

const SHOWN_LENGTH_MAX = 300;

export function describeDifference({ index, exchange, differences }: ExchangeResult): string {
  const shown = differences.map(
    ({ pointer, recorded, seen }) =>
      `  ${pointer}\n    recorded ${show(recorded)}\n    seen     ${show(seen)}`,
  );
  return [`${index} ${exchange.label}`, ...shown].join('\n');
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : stringifyExactJson(value);
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}… (${text.length})` : text;
}

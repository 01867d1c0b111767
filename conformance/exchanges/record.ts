/** Turns the answers of a replay into a trace of the same format. */
import { createHash } from 'node:crypto';
import type { Exchange, ExchangeTrace, TraceAnswer } from './exchange.js';
import type { ExchangeResult } from './replay.js';

/** Longer strings of an answer are kept as their digest. */
const KEPT_LENGTH_MAX = 4096;

/** Exchanges that were answered as recorded keep their text. The others get the new answer. */
export function recordedTrace(trace: ExchangeTrace, results: readonly ExchangeResult[]): ExchangeTrace {
  return { ...trace, exchanges: results.map(recordedExchange) };
}

function recordedExchange({ exchange, seen, differences }: ExchangeResult): Exchange {
  if (differences.length === 0) return exchange;
  const { status: _status, response: _response, response_type: _type, reads: _reads, ...request } = exchange;
  return { ...request, ...answerOf(seen) };
}

function answerOf({ status, response_type, response }: TraceAnswer): TraceAnswer {
  return {
    ...(status !== 200 && { status }),
    ...(response_type !== undefined && { response_type }),
    ...(response !== undefined && { response: shortened(response) }),
  };
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string' && value.length > KEPT_LENGTH_MAX) {
    const sha256 = createHash('sha256').update(value).digest('hex');
    return { sha256, length: Buffer.byteLength(value) };
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(shortened);
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, shortened(entry)]));
}

/** Sends the requests of a trace to a server, in order, and compares the answers with the recorded ones. */
import { compareAnswer, type Difference } from './compare.js';
import type { Exchange, ExchangeTrace, Send, TraceAnswer } from './exchange.js';
import { Identifiers } from './identifiers.js';
import { fromWireAnswer, toWireRequest } from './wire.js';

export interface ExchangeResult {
  /** Position in the trace, from 0. */
  readonly index: number;
  readonly exchange: Exchange;
  readonly seen: TraceAnswer;
  /** Empty if the answer is as recorded. */
  readonly differences: readonly Difference[];
}

/** Replays a whole trace on a fresh server. A difference does not stop the replay. */
export async function replayExchanges(
  { exchanges }: ExchangeTrace,
  send: Send,
  onExchange: (done: number) => void = () => undefined,
): Promise<readonly ExchangeResult[]> {
  const identifiers = new Identifiers();
  const results: ExchangeResult[] = [];
  for (const [index, exchange] of exchanges.entries()) {
    const seen = fromWireAnswer(await send(toWireRequest(exchange, identifiers)));
    identifiers.learn(exchange, seen);
    results.push({ index, exchange, seen, differences: compareAnswer(exchange, seen) });
    onExchange(results.length);
  }
  return results;
}

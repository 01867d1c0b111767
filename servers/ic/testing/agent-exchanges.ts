/** The recorded exchanges of the agent with a real server, from `conformance/golden`. */
import { readFileSync } from 'node:fs';

export interface AgentExchange {
  readonly api: string;
  readonly method?: string;
  readonly path?: string;
  readonly request_content_type?: string;
  readonly request_hex?: string;
  readonly status?: number;
  readonly response_content_type?: string;
  readonly response_hex?: string;
  readonly response_text?: string;
  /** The value that the library returned to its caller. Present on entries without an exchange. */
  readonly returned?: unknown;
}

const file = new URL('../../../conformance/golden/agent-exchanges.json', import.meta.url);

export const agentExchanges = JSON.parse(readFileSync(file, 'utf8')) as readonly AgentExchange[];

/** A time in nanoseconds since 1970 at which no recorded request has expired. */
export const RECORDED_AT_NS = 1_795_256_657_000_000_000n;

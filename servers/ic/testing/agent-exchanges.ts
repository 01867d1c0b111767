/** The recorded conversation of a real server with the agent, as the conformance suite keeps it. */
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
  /** What the library returned to its caller, on lines without an exchange. */
  readonly returned?: unknown;
}

const file = new URL('../../../conformance/golden/agent-exchanges.json', import.meta.url);

export const agentExchanges = JSON.parse(readFileSync(file, 'utf8')) as readonly AgentExchange[];

/** Nanoseconds since 1970 at which every recorded request is within its expiry window. */
export const RECORDED_AT_NS = 1_795_256_657_000_000_000n;

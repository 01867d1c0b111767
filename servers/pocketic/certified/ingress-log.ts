/** The ingress messages of a subnet: their request ids, their statuses in each state, and the callers that wait for an answer. */
import { toOutcome } from '../../../replicas/embedded/embedded-replica.js';
import type { Subnet } from '../../../replicas/embedded/state/subnet.js';
import type { MessageId, Outcome, PrincipalText } from '../../../replicas/replica.js';
import type { MessageStatus } from '../../ic/backend.js';
import type { IngressStatus, KnownMessage, MessageHistory } from '../../ic/chain-view.js';
import type { StatusChange } from './state-chain.js';

export interface SubmittedMessage {
  readonly requestId: Uint8Array;
  /** The engine's id. */
  readonly id: MessageId;
  readonly sender: PrincipalText;
  readonly receiver: PrincipalText;
  /** Nanoseconds since 1970. */
  readonly expiryNs: bigint;
}

interface Entry extends SubmittedMessage, KnownMessage {
  status: IngressStatus;
  hasEnded: boolean;
}

export class IngressLog implements MessageHistory {
  /** By request id in hex. */
  readonly #entries = new Map<string, Entry>();
  readonly #byId = new Map<MessageId, Entry>();
  readonly #open = new Set<Entry>();
  /** `undefined` before the first round. */
  #subnet: Subnet | undefined;
  readonly #waiting = new Map<string, Set<() => void>>();

  get(requestId: Uint8Array): KnownMessage | undefined {
    return this.#entries.get(hex(requestId));
  }

  isTerminal(requestId: Uint8Array): boolean {
    return this.#entries.get(hex(requestId))?.hasEnded === true;
  }

  /** `undefined` if the message has not ended, and if its response is no longer kept. */
  outcome(requestId: Uint8Array): Outcome | undefined {
    const entry = this.#entries.get(hex(requestId));
    const state = entry?.hasEnded === true ? this.#subnet?.ingress.get(entry.id) : undefined;
    return state === undefined || typeof state === 'string' ? undefined : toOutcome(state);
  }

  add(message: SubmittedMessage): void {
    const entry: Entry = { ...message, status: 'pooled', hasEnded: false };
    this.#entries.set(hex(message.requestId), entry);
    this.#byId.set(message.id, entry);
    this.#open.add(entry);
  }

  /** Notes the statuses after a round of the subnet. Returns what changed. */
  update(subnet: Subnet): readonly StatusChange[] {
    this.#subnet = subnet;
    const changes: StatusChange[] = [];
    const nowNs = subnet.record.stateTimeNs;
    for (const id of subnet.ingress.prune()) {
      const entry = this.#byId.get(id);
      if (!entry) continue;
      this.#forget(entry);
      changes.push({ requestId: entry.requestId, status: undefined });
    }
    if (this.#open.size === 0) return changes;
    const waiting = waitingMessages(subnet);
    for (const entry of this.#open) {
      const status = statusOf(subnet, entry.id, waiting);
      if (status === entry.status || status === 'pooled') continue;
      // A message that expired in the pool was dropped.
      if (entry.status === 'pooled' && status === 'processing' && entry.expiryNs < nowNs) this.#forget(entry);
      else {
        changes.push({ requestId: entry.requestId, status });
        this.#note(entry, status);
      }
    }
    return changes;
  }

  /** Resolves when the message has ended or after `timeoutMs`. */
  async ended(requestId: Uint8Array, timeoutMs: number): Promise<void> {
    const key = hex(requestId);
    if (this.isTerminal(requestId)) return;
    await new Promise<void>((resolve) => {
      const listeners = this.#waiting.get(key) ?? new Set();
      const finish = (): void => {
        clearTimeout(timer);
        listeners.delete(finish);
        if (listeners.size === 0) this.#waiting.delete(key);
        resolve();
      };
      const timer = setTimeout(finish, timeoutMs);
      this.#waiting.set(key, listeners.add(finish));
    });
  }

  /** Callers that wait get no answer. */
  stop(): void {
    for (const listeners of this.#waiting.values()) for (const finish of listeners) finish();
    this.#entries.clear();
    this.#byId.clear();
    this.#open.clear();
  }

  #forget(entry: Entry): void {
    this.#open.delete(entry);
    this.#byId.delete(entry.id);
    this.#entries.delete(hex(entry.requestId));
  }

  #note(entry: Entry, status: MessageStatus): void {
    if (typeof status === 'string') {
      entry.status = status;
      return;
    }
    entry.status = status.kind === 'reply' ? 'replied' : 'rejected';
    entry.hasEnded = true;
    this.#open.delete(entry);
    for (const finish of this.#waiting.get(hex(entry.requestId)) ?? []) finish();
  }
}

/** The messages that no round took, and those that a round took and that have not started. */
interface WaitingMessages {
  readonly pooled: ReadonlySet<MessageId>;
  readonly received: ReadonlySet<MessageId>;
}

function waitingMessages(subnet: Subnet): WaitingMessages {
  const queues = [subnet.managementInputs, ...[...subnet.canisters.values()].map(({ inputs }) => inputs)];
  const received = queues.flatMap(({ items }) =>
    items.flatMap(({ kind, id }) => (kind === 'ingress' ? [id] : [])),
  );
  return {
    pooled: new Set(subnet.ingressPool.items.map(({ input }) => input.id)),
    received: new Set(received),
  };
}

function statusOf(subnet: Subnet, id: MessageId, waiting: WaitingMessages): MessageStatus | 'pooled' {
  const state = subnet.ingress.get(id);
  if (state !== undefined && typeof state !== 'string') return toOutcome(state);
  if (waiting.pooled.has(id)) return 'pooled';
  return waiting.received.has(id) ? 'received' : 'processing';
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

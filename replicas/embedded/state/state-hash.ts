/**
 * The state hash: a digest of everything in a checkpoint that can influence what canisters do next if messages are delivered one by one.
 * Checkpoints with equal hashes behave alike. States that behave alike may have different hashes, for example if their call contexts
 * were opened in another order.
 *
 * Left out, because no canister can observe it if messages are delivered one by one: logs, the number of instructions executed so far,
 * the numbers of the next nonce and the next message, outcomes that were returned, and the order of messages in rounds. Names replace
 * the ids of messages, because ids tell in which order unrelated messages were sent.
 *
 * Digests of pages, arguments, and settings are kept by identity, because checkpoints share what did not change. A hash therefore costs
 * as much as the pages written since the last one, and a list of the digests of all pages.
 */
import { hash } from 'node:crypto';
import type { MessageId, PrincipalText } from '../../replica.js';
import type { HeapCheckpoint } from '../memory/heap.js';
import type { StableCheckpoint } from '../memory/stable-memory.js';
import type { InstrumentedModule } from '../wasm/instrumented-module.js';
import type { CanisterCheckpoint, CanisterRecord } from './canister.js';
import type { CallContext, Callback, Input, Origin } from './messages.js';
import type { NetworkCheckpoint } from './network.js';
import type { SubnetCheckpoint, Transit } from './subnet.js';

/** What names the ingress messages whose call trees are open. */
export type MessageNames = ReadonlyMap<MessageId, string>;

export class StateHasher {
  /** Digests of values that are never modified. */
  readonly #digests = new WeakMap<object, string>();

  /** SHA-256, base64. `names` has the ingress messages whose call trees are open. */
  hash({ subnets }: NetworkCheckpoint, names: MessageNames): string {
    return sha256(subnets.map(({ checkpoint }) => this.#subnet(checkpoint, names)).join('|'));
  }

  #subnet(checkpoint: SubnetCheckpoint, names: MessageNames): string {
    const { record, ingress, canisters, managementInputs, ingressPool, outputs, incoming, httpOutcalls } =
      checkpoint;
    const { nextNonce: _, inputSchedule: _order, ...counted } = record;
    const state = new Refs(canisters);
    const transit = (items: readonly Transit[]) =>
      items.map(({ receiver, input }) => `${receiver}<${this.#input(input, receiver, state, names)}`);
    const pending = [...ingress].filter(([, outcome]) => outcome === 'pending').map(([id]) => names.get(id));
    return [
      this.#fields(counted),
      pending.sort().join(),
      this.#inputs(managementInputs, '', state, names),
      transit(ingressPool.map(({ call, input }) => ({ receiver: call.canister, input })))
        .sort()
        .join(),
      ...[outputs, incoming].map((items) => transit(items).join()),
      [...httpOutcalls].map(([id, outcall]) => `${id}:${this.#value(outcall)}`).join(),
      ...[...canisters].map(([id, canister]) => `${id}=${this.#canister(id, canister, state, names)}`),
    ].join(';');
  }

  #canister(id: PrincipalText, canister: CanisterCheckpoint, refs: Refs, names: MessageNames): string {
    const { record, inputs, callContexts, callbacks, heap, stable } = canister;
    return [
      this.#record(record, refs, names),
      this.#inputs(inputs, id, refs, names),
      ...[...callContexts.values()].map((context) => this.#context(context, refs, names)),
      ...[...callbacks.values()].map((callback) => this.#callback(callback, callContexts)),
      heap === undefined ? '' : this.#heap(heap),
      this.#stable(stable),
    ].join(';');
  }

  #record(record: CanisterRecord, refs: Refs, names: MessageNames): string {
    const {
      log: _log,
      instructions: _done,
      nextCallId: _next,
      inputSchedule: _order,
      priority: _priority,
      priorityCredit: _credit,
      pendingStops,
      snapshots,
      ...observable
    } = record;
    const stops = pendingStops.map(
      ({ origin, ...rest }) => originText(origin, refs, names) + this.#fields(rest),
    );
    const taken = snapshots.map(({ stable, ...rest }) => `${this.#stable(stable)},${this.#fields(rest)}`);
    return [this.#fields(observable), ...stops, ...taken].join();
  }

  /** Requests of one sender keep their order. Any other message may come next, so the order does not matter. */
  #inputs(inputs: readonly Input[], receiver: PrincipalText, refs: Refs, names: MessageNames): string {
    const texts = inputs.map((input) => this.#input(input, receiver, refs, names));
    const requests = texts.filter((_, index) => inputs[index]?.kind === 'request');
    const others = texts.filter((_, index) => inputs[index]?.kind !== 'request');
    return [...requests, ...others.sort()].join();
  }

  #input(input: Input, receiver: PrincipalText, refs: Refs, names: MessageNames): string {
    const root = nameOf(input.root, names);
    if (input.kind === 'response') {
      const { id: _, root: _root, callback, ...rest } = input;
      return `${root}/${refs.callback(receiver, callback)}/${this.#fields(rest)}`;
    }
    const { id: _, root: _root, origin, ingress, ...rest } = input;
    const expiry = ingress?.expiryNs ?? 0n;
    return `${root}/${originText(origin, refs, names)}/${expiry}/${this.#fields(rest)}`;
  }

  #context(
    { id: _, root, origin, instructions: _done, ...rest }: CallContext,
    refs: Refs,
    names: MessageNames,
  ) {
    return `${nameOf(root, names)}/${originText(origin, refs, names)}/${this.#fields(rest)}`;
  }

  #callback({ id: _, context, ...rest }: Callback, contexts: ReadonlyMap<number, unknown>): string {
    return `${rankOf(context, contexts)}/${this.#fields(rest)}`;
  }

  #heap(heap: HeapCheckpoint): string {
    return this.#kept(heap, () => heap.images.map((image) => this.#bytes(image)).join(''));
  }

  #stable({ root, wasmPages }: StableCheckpoint): string {
    const leaves = root.map((leaf) =>
      leaf === undefined
        ? ''
        : this.#kept(leaf, () => leaf.pages.map((page) => (page ? this.#bytes(page.bytes) : '')).join()),
    );
    return `${wasmPages}:${sha256(leaves.join())}`;
  }

  #bytes(bytes: Uint8Array): string {
    return this.#kept(bytes, () => bytes);
  }

  /** The fields of an object whose values are never modified. */
  #fields(object: object): string {
    return Object.entries(object)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}:${this.#value(value)}`)
      .join();
  }

  #value(value: unknown): string {
    if (typeof value !== 'object' || value === null) return `${typeof value} ${String(value)}`;
    if (value instanceof Uint8Array) return this.#bytes(value);
    if (isModule(value)) return value.hash;
    return this.#kept(value, () => {
      if (value instanceof Map) {
        const entries = [...value].map(([key, item]) => `${this.#value(key)}=${this.#value(item)}`);
        return `map ${entries.sort().join()}`;
      }
      if (value instanceof Set)
        return `set ${[...value]
          .map((item) => this.#value(item))
          .sort()
          .join()}`;
      if (Array.isArray(value)) return `list ${value.map((item) => this.#value(item)).join()}`;
      return `object ${this.#fields(value)}`;
    });
  }

  #kept(value: object, content: () => string | Uint8Array): string {
    let digest = this.#digests.get(value);
    if (digest === undefined) this.#digests.set(value, (digest = sha256(content())));
    return digest;
  }
}

/** Names of callbacks that do not depend on how many calls were made before: their rank among those that are open. */
class Refs {
  readonly #canisters: ReadonlyMap<string, CanisterCheckpoint>;

  constructor(canisters: ReadonlyMap<string, CanisterCheckpoint>) {
    this.#canisters = canisters;
  }

  callback(canister: string, callback: number): string {
    return `${canister}#${rankOf(callback, this.#canisters.get(canister)?.callbacks ?? new Map())}`;
  }
}

/** Ids grow with time, and maps keep the order of insertion. */
function rankOf(id: number, open: ReadonlyMap<number, unknown>): number {
  return [...open.keys()].indexOf(id);
}

function originText(origin: Origin, refs: Refs, names: MessageNames): string {
  switch (origin.kind) {
    case 'ingress':
      return `user ${origin.user} ${nameOf(origin.message, names)}`;
    case 'canister':
      return `canister ${refs.callback(origin.canister, origin.callback)} ${origin.deadlineNs}`;
    case 'system':
      return 'system';
  }
}

function nameOf(message: MessageId | undefined, names: MessageNames): string {
  return message === undefined ? '' : (names.get(message) ?? 'answered');
}

function isModule(value: object): value is InstrumentedModule {
  return 'module' in value && value.module instanceof WebAssembly.Module;
}

function sha256(content: string | Uint8Array): string {
  return hash('sha256', content, 'base64');
}

/** The embedded engine as a backend of the IC's HTTP interface. */
import type { Call, MessageId, Outcome, PrincipalText, Submission } from '../../replicas/replica.js';
import {
  EMBEDDED_ENGINE_VERSION,
  EmbeddedReplica,
  toOutcome,
} from '../../replicas/embedded/embedded-replica.js';
import { Engine } from '../../replicas/embedded/engine.js';
import { MessageTimer } from '../../replicas/message-timer.js';
import { BYTES, CANISTER_RANGE_SIZE, FIRST_CANISTER_INDEX } from '../../replicas/embedded/params.js';
import { canisterIdFromIndex } from '../../replicas/embedded/principals.js';
import type { CanisterFacts, IcBackend, MessageStatus, MetadataSection, SubnetMetrics } from './backend.js';
import { fromHex } from '../../certification/bytes.js';
import { createSubnetIdentity } from './subnet-identity.js';

export interface EmbeddedBackendOptions {
  /** Seed of the subnet's keys. It must equal the HTTP handler's, because canisters read them with `ic0.root_key` and `ic0.subnet_self`. */
  readonly seed: Uint8Array;
  /** Initial replica time in nanoseconds since 1970. Without it, the first block would advance a canister's time by decades. */
  readonly timeNs: bigint;
  /** Seed of `raw_rand`. */
  readonly randomSeed?: number;
  /** Wall-clock limit of a message in milliseconds. Default: `MESSAGE_MS_DEFAULT`. */
  readonly messageMs?: number | undefined;
  /** Folder that keeps instrumented modules between processes. Default: none. */
  readonly cacheDir?: string;
}

export interface EmbeddedBackend extends IcBackend {
  /** Creates and installs canisters, and reads logs and metrics. The next block certifies its changes. */
  readonly replica: EmbeddedReplica;
}

/** Metadata sections that tools read (agent-js, icx-asset, dfx, Motoko). The engine looks sections up by name. */
const METADATA_NAMES = [
  'candid:service',
  'candid:args',
  'dfx',
  'motoko:compiler',
  'motoko:stable-types',
  'enhanced-orthogonal-persistence',
  'supported_certificate_versions',
  'git_commit_id',
  'cargo:version',
];

export function createEmbeddedBackend(options: EmbeddedBackendOptions): EmbeddedBackend {
  const { seed, timeNs, randomSeed, messageMs, cacheDir } = options;
  const { id: subnetId, key } = createSubnetIdentity(seed);
  const engine = new Engine({
    subnetId,
    rootKey: key.publicKeyDer,
    watch: new MessageTimer({ limitMs: messageMs }),
    hasLaterStatus: true,
    cacheDir,
    ...(randomSeed !== undefined && { randomSeed }),
  });
  engine.setTime(timeNs);
  return adaptEngine(engine);
}

function adaptEngine(engine: Engine): EmbeddedBackend {
  const factsById = new Map<PrincipalText, CanisterFacts>();
  let updateTransactions = 0n;

  const currentFacts = (id: PrincipalText): CanisterFacts => {
    const known = factsById.get(id);
    const facts = known && isCurrent(engine, known) ? known : readFacts(engine, id);
    factsById.set(id, facts);
    return facts;
  };

  /** Returns the number of messages that could run now. Heartbeats and timers do not count, because they answer no call. */
  const runnable = (): number =>
    engine.choices().filter(({ kind }) => kind === 'ingress' || kind === 'request' || kind === 'response')
      .length;

  return {
    replica: new EmbeddedReplica(engine),
    subnet: {
      name: 'embedded engine',
      version: EMBEDDED_ENGINE_VERSION,
      canisterRanges: [
        [
          canisterIdFromIndex(FIRST_CANISTER_INDEX),
          canisterIdFromIndex(FIRST_CANISTER_INDEX + CANISTER_RANGE_SIZE - 1n),
        ],
      ],
      ingressBytesMax: BYTES.ingressMax,
    },

    async submit(call: Call): Promise<Submission> {
      const submission = engine.submit(call);
      if (submission.kind === 'accepted') updateTransactions += 1n;
      if (submission.kind !== 'malformed') return submission;
      return {
        kind: 'refused',
        reject: { kind: 'reject', code: 1, errorCode: 'IC0101', text: submission.text },
      };
    },

    async round(timeNs: bigint) {
      // A caller may have advanced the engine's clock through `replica`.
      if (timeNs > engine.timeNs) engine.setTime(timeNs);
      const executed = runnable();
      engine.round();
      engine.pruneIngress();
      return { executed };
    },

    async status(id: MessageId): Promise<MessageStatus> {
      if (!engine.hasMessage(id)) return 'processing';
      const response = engine.poll(id);
      if (response) return toOutcome(response);
      return engine.choices().some((choice) => choice.id === id) ? 'received' : 'processing';
    },

    async query(call: Call, dataCertificate: () => Uint8Array): Promise<Outcome> {
      return toOutcome(engine.query({ ...call, certificate: dataCertificate }));
    },

    async canisters() {
      const ids = engine.canisterIds();
      for (const id of factsById.keys()) if (!engine.hasCanister(id)) factsById.delete(id);
      return ids.map(currentFacts);
    },

    async metrics(): Promise<SubnetMetrics> {
      let canisterStateBytes = 0n;
      for (const id of engine.canisterIds()) {
        const { heapBytes, stableBytes } = engine.metrics(id);
        canisterStateBytes += BigInt(heapBytes + stableBytes);
      }
      // The engine keeps balances, not the total of consumed cycles.
      return { canisterStateBytes, consumedCycles: 0n, updateTransactions };
    },
  };
}

/** The engine replaces changed parts instead of modifying them, so equal references prove that the facts are current. */
function isCurrent(engine: Engine, { id, controllers, module }: CanisterFacts): boolean {
  if (engine.controllers(id) !== controllers) return false;
  const hash = engine.moduleHash(id);
  if (hash === undefined || !module) return hash === undefined && !module;
  return (
    engine.certifiedData(id) === module.certifiedData && hash === Buffer.from(module.hash).toString('hex')
  );
}

function readFacts(engine: Engine, id: PrincipalText): CanisterFacts {
  const controllers = engine.controllers(id);
  const hash = engine.moduleHash(id);
  if (hash === undefined) return { id, controllers, module: undefined };
  const metadata = METADATA_NAMES.flatMap((name): MetadataSection[] => {
    const section = engine.metadata(id, name);
    if (!section) return [];
    return [{ name, content: section.content, visibility: section.isPublic ? 'public' : 'private' }];
  });
  return {
    id,
    controllers,
    module: { hash: fromHex(hash), metadata, certifiedData: engine.certifiedData(id) },
  };
}

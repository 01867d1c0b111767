/**
 * The subnets of an instance, as PocketIC 10.0.0 creates them: their order, ids, keys, and canister ids.
 *
 * Source: rs/pocket_ic_server/src/pocket_ic.rs (`try_new`, `RangeGen`, `create_subnet`, `topology`).
 */
import type { SubnetOptions } from '../../replicas/embedded/subnet-options.js';
import { CANISTER_RANGE_SIZE } from '../../replicas/embedded/params.js';
import {
  bytesToPrincipal,
  canisterIdFromIndex,
  canisterIndex,
  principalToBytes,
} from '../../replicas/embedded/principals.js';
import type { CanisterRange } from '../../replicas/embedded/state/subnet.js';
import { createSubnetProfile, type CostSchedule } from '../../replicas/embedded/subnet-profile.js';
import type { PrincipalText } from '../../replicas/replica.js';
import { selfAuthenticating } from '../ic/principals.js';
import { kindOfCanister, SUBNET_KINDS, type SubnetKind } from './subnet-kinds.js';
import { publicKeyFromSeed, subnetSeed } from './subnet-key.js';

export type InstructionConfig = 'Production' | 'Benchmarking';

export interface SubnetSpec {
  readonly kind: SubnetKind;
  readonly instructionConfig: InstructionConfig;
  readonly costSchedule: CostSchedule;
}

export interface SubnetFacts extends SubnetSpec {
  readonly id: PrincipalText;
  /** DER. */
  readonly publicKey: Uint8Array;
  readonly seed: Uint8Array;
  /** Number of nodes. */
  readonly nodes: number;
  /** The subnet assigns ids to new canisters from the last range. */
  readonly ranges: readonly CanisterRange[];
}

/** The block of ids that the first subnet assigns to new canisters. The next subnets get the blocks below it. */
const FIRST_BLOCK = (2n ** 64n - 1n) / CANISTER_RANGE_SIZE - 1n;
/** Canisters of the mainnet have an index in the first blocks; this is their number. */
const MAINNET_BLOCKS = 1_024n;
/** The kinds that can be the default subnet, in order of preference. It receives calls without a route. */
const DEFAULT_KINDS: readonly SubnetKind[] = ['Application', 'VerifiedApplication', 'System'];

export interface TopologyOptions {
  /** Whether replies have the fields that servers 11 to 16 added. Default: false. */
  readonly hasLaterFields?: boolean;
  /** Whether the NNS subnet has the id that it has on the mainnet. Default: false. */
  readonly hasMainnetNnsId?: boolean;
}

const MAINNET_NNS_ID = 'tdb26-jop6k-aogll-7ltgs-eruif-6kk7m-qpktf-gdiqx-mxtrf-vb5e6-eqe';

export class Topology {
  readonly hasLaterFields: boolean;
  readonly #hasMainnetNnsId: boolean;
  #subnets: readonly SubnetFacts[] = [];
  #blocks = 0n;
  /** Subnets that are created later do not become the default. */
  #default: SubnetFacts;

  /** `specs` are in the order of creation. @throws if there are none */
  constructor(
    specs: readonly SubnetSpec[],
    { hasLaterFields = false, hasMainnetNnsId = false }: TopologyOptions = {},
  ) {
    this.hasLaterFields = hasLaterFields;
    this.#hasMainnetNnsId = hasMainnetNnsId;
    for (const spec of specs) this.add(this.plan(spec));
    this.#default = this.#preferred();
  }

  /** In the order of creation. The first is the root subnet. */
  get subnets(): readonly SubnetFacts[] {
    return this.#subnets;
  }

  /** The root subnet remains in every topology. */
  get root(): SubnetFacts {
    const [root] = this.#subnets;
    if (!root) throw new Error('the topology has no subnet');
    return root;
  }

  get defaultSubnet(): SubnetFacts {
    return this.#default;
  }

  withId(id: PrincipalText): SubnetFacts | undefined {
    return this.#subnets.find((subnet) => subnet.id === id);
  }

  /** Returns the subnet that hosts the id. The canister need not exist. */
  route(canister: PrincipalText): SubnetFacts | undefined {
    const index = canisterIndex(canister);
    return index === undefined
      ? undefined
      : this.#subnets.find(({ ranges }) => ranges.some(({ first, last }) => index >= first && index <= last));
  }

  /** Returns a new subnet with the next free block of ids, without adding it. `ranges` replaces the mainnet ranges of its kind. */
  plan(spec: SubnetSpec, ranges = SUBNET_KINDS[spec.kind].mainnetRanges): SubnetFacts {
    const all = [...ranges, this.#nextBlock()];
    const seed = subnetSeed(all);
    const publicKey = publicKeyFromSeed(seed);
    const isMainnetNns = spec.kind === 'NNS' && this.#hasMainnetNnsId;
    return {
      ...spec,
      id: isMainnetNns ? MAINNET_NNS_ID : bytesToPrincipal(selfAuthenticating(publicKey)),
      publicKey,
      seed,
      nodes: SUBNET_KINDS[spec.kind].nodes,
      ranges: all,
    };
  }

  add(subnet: SubnetFacts): void {
    this.#subnets = [...this.#subnets, subnet];
  }

  /** The ids of the subnet are not assigned again. */
  remove(subnet: SubnetFacts): void {
    this.#subnets = this.#subnets.filter((other) => other !== subnet);
    if (subnet === this.#default) this.#default = this.#preferred();
  }

  /**
   * Returns the subnet to create for a canister of the mainnet that no subnet hosts. It hosts the block of 2^20 ids around that id.
   * @throws {Error} with the server's text if no such subnet can exist
   */
  planForCanister(canister: PrincipalText): SubnetFacts {
    const bytes = principalToBytes(canister);
    const name = `The effective canister ID ${canister}`;
    if (bytes.length !== 10) {
      const hex = Buffer.from(bytes).toString('hex');
      throw new Error(
        `The binary representation ${hex} of effective canister ID ${canister} should consist of 10 bytes.`,
      );
    }
    const index = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
    const kind = kindOfCanister(index);
    if (kind === 'NNS' || kind === 'II') {
      throw new Error(
        `${name} belongs to the NNS or II subnet on the IC mainnet for which PocketIC provides a \`SubnetKind\`: please set up your PocketIC instance with a subnet of that \`SubnetKind\`.`,
      );
    }
    const block = index / CANISTER_RANGE_SIZE;
    if (block >= MAINNET_BLOCKS) {
      throw new Error(`${name} does not belong to an existing subnet and it is not a mainnet canister ID.`);
    }
    return this.plan({ kind, instructionConfig: 'Production', costSchedule: 'normal' }, [blockRange(block)]);
  }

  /** Returns the reply of `GET …/_/topology`, with the fields in the server's order. */
  toWire(): unknown {
    const byId = [...this.#subnets].sort((a, b) =>
      Buffer.compare(principalToBytes(a.id), principalToBytes(b.id)),
    );
    return {
      subnet_configs: Object.fromEntries(
        byId.map((subnet) => [subnet.id, subnetToWire(subnet, this.hasLaterFields)]),
      ),
      default_effective_canister_id: canisterToWire(assignedRange(this.defaultSubnet).first),
    };
  }

  #preferred(): SubnetFacts {
    const ofKind = DEFAULT_KINDS.map((kind) => this.#subnets.find((subnet) => subnet.kind === kind));
    return ofKind.find((subnet) => subnet !== undefined) ?? this.root;
  }

  #nextBlock(): CanisterRange {
    return blockRange(FIRST_BLOCK - this.#blocks++);
  }
}

/** The kinds of subnets that hold threshold keys. */
const KINDS_WITH_KEYS: ReadonlySet<SubnetKind> = new Set(['II', 'Fiduciary']);

/** Returns the engine's options for the subnet. */
export function subnetOptionsOf({
  id,
  kind,
  instructionConfig,
  costSchedule,
  publicKey,
  ranges,
}: SubnetFacts): SubnetOptions {
  const { type, nodes } = SUBNET_KINDS[kind];
  const isBenchmarking = instructionConfig === 'Benchmarking';
  return {
    id: principalToBytes(id),
    publicKey,
    profile: createSubnetProfile({ type, nodes, isBenchmarking, costSchedule }),
    ranges,
    holdsThresholdKeys: KINDS_WITH_KEYS.has(kind),
  };
}

function assignedRange({ ranges }: SubnetFacts): CanisterRange {
  const last = ranges.at(-1);
  if (!last) throw new Error('a subnet has at least one range of canister ids');
  return last;
}

function blockRange(block: bigint): CanisterRange {
  return { first: block * CANISTER_RANGE_SIZE, last: (block + 1n) * CANISTER_RANGE_SIZE - 1n };
}

function canisterToWire(index: bigint) {
  return { canister_id: Buffer.from(principalToBytes(canisterIdFromIndex(index))).toString('base64') };
}

function subnetToWire(subnet: SubnetFacts, hasLaterFields: boolean) {
  const { kind, seed, instructionConfig, costSchedule, ranges } = subnet;
  return {
    subnet_kind: kind,
    ...(hasLaterFields && {
      subnet_admins: null,
      cost_schedule: costSchedule === 'free' ? 'Free' : 'Normal',
    }),
    subnet_seed: [...seed],
    instruction_config: instructionConfig,
    canister_ranges: ranges.map(({ first, last }) => ({
      start: canisterToWire(first),
      end: canisterToWire(last),
    })),
  };
}

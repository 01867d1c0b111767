/**
 * The subnets of an instance, as PocketIC 10.0.0 makes them: their order, ids, keys and canister ids.
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
import { createSubnetProfile } from '../../replicas/embedded/subnet-profile.js';
import type { PrincipalText } from '../../replicas/replica.js';
import { kindOfCanister, SUBNET_KINDS, type SubnetKind } from './subnet-kinds.js';
import { publicKeyFromSeed, subnetIdOf, subnetSeed } from './subnet-key.js';

export type InstructionConfig = 'Production' | 'Benchmarking';

export interface SubnetSpec {
  readonly kind: SubnetKind;
  readonly instructionConfig: InstructionConfig;
}

export interface SubnetFacts extends SubnetSpec {
  readonly id: PrincipalText;
  /** DER of the subnet's own key. */
  readonly publicKey: Uint8Array;
  readonly seed: Uint8Array;
  readonly nodes: number;
  /** The last range is the one whose ids the subnet gives away. */
  readonly ranges: readonly CanisterRange[];
}

/** Blocks of ids that subnets may give away are taken from the top of all ids downwards, this one first. */
const FIRST_BLOCK = (2n ** 64n - 1n) / CANISTER_RANGE_SIZE - 1n;
/** A canister of the mainnet has an index below this many blocks. */
const MAINNET_BLOCKS = 1_024n;
/** Which subnet creates a canister that says nothing of where. */
const DEFAULT_KINDS: readonly SubnetKind[] = ['Application', 'VerifiedApplication', 'System'];

export class Topology {
  readonly #subnets: SubnetFacts[] = [];
  #blocks = 0n;
  readonly #default: SubnetFacts;

  /** In the order of creation, at least one. */
  constructor(specs: readonly SubnetSpec[]) {
    for (const spec of specs) this.add(this.plan(spec));
    const kind = DEFAULT_KINDS.find((candidate) => specs.some((spec) => spec.kind === candidate));
    this.#default = this.#subnets.find((subnet) => subnet.kind === kind) ?? this.#subnets[0]!;
  }

  /** In the order of creation: the first is the root. */
  get subnets(): readonly SubnetFacts[] {
    return this.#subnets;
  }

  get defaultSubnet(): SubnetFacts {
    return this.#default;
  }

  withId(id: PrincipalText): SubnetFacts | undefined {
    return this.#subnets.find((subnet) => subnet.id === id);
  }

  /** The subnet that hosts canisters of this id: they need not exist. */
  route(canister: PrincipalText): SubnetFacts | undefined {
    const index = canisterIndex(canister);
    return index === undefined
      ? undefined
      : this.#subnets.find(({ ranges }) => ranges.some(({ first, last }) => index >= first && index <= last));
  }

  /** A subnet that is not there yet, with the next free block of ids; `ranges` instead of those of its kind. */
  plan({ kind, instructionConfig }: SubnetSpec, ranges = SUBNET_KINDS[kind].mainnetRanges): SubnetFacts {
    const all = [...ranges, this.#nextBlock()];
    const seed = subnetSeed(all);
    const publicKey = publicKeyFromSeed(seed);
    return {
      kind,
      instructionConfig,
      id: bytesToPrincipal(subnetIdOf(publicKey)),
      publicKey,
      seed,
      nodes: SUBNET_KINDS[kind].nodes,
      ranges: all,
    };
  }

  add(subnet: SubnetFacts): void {
    this.#subnets.push(subnet);
  }

  /**
   * The subnet to make for a canister of the mainnet that no subnet hosts: that of its 2^20 ids there. @throws Error that says why it
   * cannot be.
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
    return this.plan({ kind, instructionConfig: 'Production' }, [blockRange(block)]);
  }

  /** Reply of `GET …/_/topology`, field for field in the server's order. */
  toWire(): unknown {
    const byId = [...this.#subnets].sort((a, b) =>
      Buffer.compare(principalToBytes(a.id), principalToBytes(b.id)),
    );
    return {
      subnet_configs: Object.fromEntries(byId.map((subnet) => [subnet.id, subnetToWire(subnet)])),
      default_effective_canister_id: canisterToWire(this.#default.ranges.at(-1)!.first),
    };
  }

  #nextBlock(): CanisterRange {
    return blockRange(FIRST_BLOCK - this.#blocks++);
  }
}

/** What the engine needs to make the subnet. */
export function subnetOptionsOf({
  id,
  kind,
  instructionConfig,
  publicKey,
  ranges,
}: SubnetFacts): SubnetOptions {
  const { type, nodes } = SUBNET_KINDS[kind];
  return {
    id: principalToBytes(id),
    publicKey,
    profile: createSubnetProfile({ type, nodes, isBenchmarking: instructionConfig === 'Benchmarking' }),
    ranges,
  };
}

function blockRange(block: bigint): CanisterRange {
  return {
    first: block * CANISTER_RANGE_SIZE,
    last: (block + 1n) * CANISTER_RANGE_SIZE - 1n,
  };
}

function canisterToWire(index: bigint) {
  return {
    canister_id: Buffer.from(principalToBytes(canisterIdFromIndex(index))).toString('base64'),
  };
}

function subnetToWire({ kind, seed, instructionConfig, ranges }: SubnetFacts) {
  return {
    subnet_kind: kind,
    subnet_seed: [...seed],
    instruction_config: instructionConfig,
    canister_ranges: ranges.map(({ first, last }) => ({
      start: canisterToWire(first),
      end: canisterToWire(last),
    })),
  };
}

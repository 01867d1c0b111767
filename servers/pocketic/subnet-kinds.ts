/**
 * The kinds of subnets in PocketIC 10.0.0, and the canister ids that they host on the mainnet.
 *
 * Source: rs/pocket_ic_server/src/pocket_ic.rs (`conv_type`, `subnet_size`, `subnet_kind_canister_range`).
 */
import { canisterIndex } from '../../replicas/embedded/principals.js';
import type { CanisterRange } from '../../replicas/embedded/state/subnet.js';
import type { SubnetType } from '../../replicas/embedded/subnet-profile.js';
import type { PrincipalText } from '../../replicas/replica.js';

/** The names of the protocol. */
export type SubnetKind =
  'NNS' | 'SNS' | 'II' | 'Fiduciary' | 'Bitcoin' | 'System' | 'Application' | 'VerifiedApplication';

export interface KindFacts {
  readonly type: SubnetType;
  readonly nodes: number;
  /** Empty for kinds that are no single subnet of the mainnet. */
  readonly mainnetRanges: readonly CanisterRange[];
}

function range(first: PrincipalText, last: PrincipalText): CanisterRange {
  return { first: indexOf(first), last: indexOf(last) };
}

function indexOf(canister: PrincipalText): bigint {
  const index = canisterIndex(canister);
  if (index === undefined) throw new Error(`${canister} is not a canister id`);
  return index;
}

export const SUBNET_KINDS: Readonly<Record<SubnetKind, KindFacts>> = {
  NNS: {
    type: 'system',
    nodes: 40,
    mainnetRanges: [
      range('rwlgt-iiaaa-aaaaa-aaaaa-cai', 'renrk-eyaaa-aaaaa-aaada-cai'),
      range('qoctq-giaaa-aaaaa-aaaea-cai', 'n5n4y-3aaaa-aaaaa-p777q-cai'),
    ],
  },
  SNS: {
    type: 'application',
    nodes: 34,
    mainnetRanges: [range('ybpmr-kqaaa-aaaaq-aaaaa-cai', 'ekjw2-zyaaa-aaaaq-p777q-cai')],
  },
  II: {
    type: 'system',
    nodes: 34,
    mainnetRanges: [
      range('rdmx6-jaaaa-aaaaa-aaadq-cai', 'rdmx6-jaaaa-aaaaa-aaadq-cai'),
      range('uc7f6-kaaaa-aaaaq-qaaaa-cai', 'ijz7v-ziaaa-aaaaq-7777q-cai'),
    ],
  },
  Fiduciary: {
    type: 'application',
    nodes: 34,
    mainnetRanges: [range('mf7xa-laaaa-aaaar-qaaaa-cai', 'qoznl-yiaaa-aaaar-7777q-cai')],
  },
  Bitcoin: {
    type: 'system',
    nodes: 13,
    mainnetRanges: [range('g3wsl-eqaaa-aaaan-aaaaa-cai', '2qqia-xyaaa-aaaan-p777q-cai')],
  },
  System: { type: 'system', nodes: 13, mainnetRanges: [] },
  Application: { type: 'application', nodes: 13, mainnetRanges: [] },
  VerifiedApplication: { type: 'verified_application', nodes: 13, mainnetRanges: [] },
};

/** Returns the kind of the mainnet subnet that hosts this canister. `Application` stands for every subnet without a kind of its own. */
export function kindOfCanister(index: bigint): SubnetKind {
  const named: readonly SubnetKind[] = ['NNS', 'II', 'Bitcoin', 'Fiduciary', 'SNS'];
  const contains = ({ first, last }: CanisterRange): boolean => index >= first && index <= last;
  return named.find((kind) => SUBNET_KINDS[kind].mainnetRanges.some(contains)) ?? 'Application';
}

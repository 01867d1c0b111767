/**
 * The nodes that made the blocks of a subnet, day by day. The value is immutable, so that a snapshot is a reference.
 *
 * Source: interface specification, "IC method node_metrics_history"; recorded: trace 12, exchanges 516 and 532.
 */
import type { PrincipalText } from '../../replica.js';
import { comparePrincipals } from '../principals.js';

export interface NodeBlocks {
  readonly node: PrincipalText;
  readonly proposed: number;
  readonly failed: number;
}

/** Blocks of each node since the subnet began, in the order of the nodes. */
export interface BlockTotals {
  /** Time of the latest block that is counted. */
  readonly timeNs: bigint;
  readonly nodes: readonly NodeBlocks[];
}

export interface BlockHistory {
  /** The totals at the end of past days, oldest first. */
  readonly days: readonly BlockTotals[];
  /** `undefined` before the first block. */
  readonly latest: BlockTotals | undefined;
}

export interface BlockMakers {
  readonly maker: PrincipalText;
  readonly failed: readonly PrincipalText[];
}

export const EMPTY_BLOCK_HISTORY: BlockHistory = { days: [], latest: undefined };

/** The node that makes every block for which the operator names no other. */
export const DEFAULT_BLOCK_MAKER: PrincipalText = 'gwp4o-eaaaa-aaaaa-aaaap-2ai';

const DAY_NS = 86_400_000_000_000n;
/** The totals that are kept, the latest ones included. */
const TOTALS_MAX = 60;

const dayOf = (timeNs: bigint): bigint => timeNs / DAY_NS;

export function addBlock(
  { days, latest }: BlockHistory,
  timeNs: bigint,
  { maker, failed }: BlockMakers,
): BlockHistory {
  if (latest && latest.timeNs > timeNs) return { days, latest };
  const isNewDay = latest !== undefined && dayOf(latest.timeNs) < dayOf(timeNs);
  const kept = isNewDay ? changedSince(latest.nodes, days.at(-1)?.nodes ?? []) : (latest?.nodes ?? []);
  const past = isNewDay ? [...days, { timeNs: latest.timeNs, nodes: kept }] : days;
  const counted = failed.reduce(
    (nodes, node) => count(nodes, node, 'failed'),
    count(kept, maker, 'proposed'),
  );
  return { days: past.slice(-(TOTALS_MAX - 1)), latest: { timeNs, nodes: counted } };
}

/** Nodes that made no block during a whole day are left out. */
function changedSince(nodes: readonly NodeBlocks[], before: readonly NodeBlocks[]): readonly NodeBlocks[] {
  return nodes.filter(({ node, proposed, failed }) => {
    const old = before.find((candidate) => candidate.node === node);
    return old?.proposed !== proposed || old.failed !== failed;
  });
}

function count(
  nodes: readonly NodeBlocks[],
  node: PrincipalText,
  outcome: 'proposed' | 'failed',
): readonly NodeBlocks[] {
  const known = nodes.find((candidate) => candidate.node === node) ?? { node, proposed: 0, failed: 0 };
  const counted = { ...known, [outcome]: known[outcome] + 1 };
  return [...nodes.filter((candidate) => candidate !== known), counted].sort((a, b) =>
    comparePrincipals(a.node, b.node),
  );
}

/** The totals of past days since a time. */
export function blocksSince({ days }: BlockHistory, timeNs: bigint): readonly BlockTotals[] {
  return days.filter((day) => day.timeNs >= timeNs);
}

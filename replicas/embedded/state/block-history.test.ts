import { describe, expect, it } from 'vitest';
import { bytesToPrincipal } from '../principals.js';
import { addBlock, blocksSince, EMPTY_BLOCK_HISTORY, type BlockHistory } from './block-history.js';

const DAY_NS = 86_400_000_000_000n;
const [A, B, C] = [1, 2, 3].map((byte) => bytesToPrincipal(Uint8Array.of(byte))) as [string, string, string];

interface Block {
  readonly at: bigint;
  readonly maker: string;
  readonly failed?: readonly string[];
}
function historyOf(...blocks: readonly Block[]): BlockHistory {
  return blocks.reduce(
    (history, { at, maker, failed = [] }) => addBlock(history, at, { maker, failed }),
    EMPTY_BLOCK_HISTORY,
  );
}

describe('the history of the blocks of a subnet', () => {
  it('has no totals for the day that has not ended', () => {
    expect(blocksSince(historyOf({ at: 1n, maker: A }), 0n)).toEqual([]);
  });

  it('has the totals at the end of each past day, in the order of the nodes', () => {
    const history = historyOf(
      { at: 1n, maker: B, failed: [A] },
      { at: 2n, maker: B },
      { at: DAY_NS, maker: A },
      { at: 2n * DAY_NS, maker: A },
    );
    expect(blocksSince(history, 0n)).toEqual([
      {
        timeNs: 2n,
        nodes: [
          { node: A, proposed: 0, failed: 1 },
          { node: B, proposed: 2, failed: 0 },
        ],
      },
      // B made no block on this day.
      { timeNs: DAY_NS, nodes: [{ node: A, proposed: 1, failed: 1 }] },
    ]);
  });

  it('leaves out the days before the start', () => {
    const history = historyOf({ at: 1n, maker: A }, { at: DAY_NS, maker: A }, { at: 2n * DAY_NS, maker: C });
    expect(blocksSince(history, 2n).map(({ timeNs }) => timeNs)).toEqual([DAY_NS]);
  });

  it('keeps 59 past days', () => {
    const days = Array.from({ length: 100 }, (_, day) => ({ at: BigInt(day) * DAY_NS, maker: A }));
    const kept = blocksSince(historyOf(...days), 0n);
    expect(kept.map(({ timeNs }) => timeNs / DAY_NS)).toEqual(
      Array.from({ length: 59 }, (_, index) => BigInt(40 + index)),
    );
  });
});

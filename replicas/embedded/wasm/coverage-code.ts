/** The code that coverage injects: increments of counters, and functions through which the host reads them. */
import { EMPTY_BLOCK, OP } from './binary-format.js';
import type { CodeWriter } from './code-writer.js';
import type { BodyPlan, TablePlan } from './coverage-plan.js';

/**
 * Number of counters that an exported function copies to the start of the memory as i32 and sets to 0. There the byte map of the heap
 * is, which holds only zeros between messages.
 */
export const COUNTERS_PER_READER = 1_024;

const I32_STORE = 0x36;
const I32_STORE_ALIGNMENT = 2;
const BLOCK = 0x02;
const BR_TABLE = 0x0e;

/** Writes the counters of one body while the body is rewritten. */
export class CoverageCursor {
  readonly #plan: BodyPlan;
  readonly #globalBase: number;
  #place = 0;

  /** @param globalBase index of the global of counter 0 */
  constructor(plan: BodyPlan, globalBase: number) {
    this.#plan = plan;
    this.#globalBase = globalBase;
  }

  /** Offset of the next instruction that has a counter, or −1. */
  get next(): number {
    return this.#plan.offsets[this.#place] ?? -1;
  }

  get hasTables(): boolean {
    return this.#plan.tables.size > 0;
  }

  tableAt(offset: number): TablePlan | undefined {
    return this.#plan.tables.get(offset);
  }

  /** Writes the increments before the instruction at `next`. */
  write(out: CodeWriter): void {
    for (const offset = this.next; this.next === offset; this.#place++) {
      this.#increment(out, this.#plan.counters[this.#place] ?? 0);
    }
  }

  /**
   * Replaces a `br_table` by one with a label of its own for each target. After each label, the code increments the counter of the
   * target and branches to it. `index` is a local or global for the operand.
   */
  writeTable(out: CodeWriter, { labels, targets }: TablePlan, index: number): void {
    out.temporarySet(index);
    targets.forEach(() => out.raw(BLOCK, EMPTY_BLOCK));
    out
      .temporaryGet(index)
      .byte(BR_TABLE)
      .u32(labels.length - 1);
    for (const label of labels) out.u32(label);
    targets.forEach(({ depth, counter }, place) => {
      out.end();
      this.#increment(out, counter);
      out.byte(OP.br).u32(depth + targets.length - 1 - place);
    });
  }

  #increment(out: CodeWriter, counter: number): void {
    const index = this.#globalBase + counter;
    out.globalGet(index).i32Const(1).byte(OP.i32_add).globalSet(index);
  }
}

export function readerCount(counters: number): number {
  return Math.ceil(counters / COUNTERS_PER_READER);
}

/** Writes the body of a function that reads the counters from `COUNTERS_PER_READER * reader` on. */
export function writeCounterReader(
  out: CodeWriter,
  { reader, counters, globalBase }: Record<'reader' | 'counters' | 'globalBase', number>,
): void {
  const first = reader * COUNTERS_PER_READER;
  const end = Math.min(counters, first + COUNTERS_PER_READER);
  out.sized(() => {
    out.u32(0);
    for (let counter = first; counter < end; counter++) {
      const global = globalBase + counter;
      out.i32Const(4 * (counter - first)).globalGet(global);
      out.access(I32_STORE, I32_STORE_ALIGNMENT, 0).i32Const(0).globalSet(global);
    }
    out.end();
  });
}

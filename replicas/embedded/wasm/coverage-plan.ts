/**
 * Where the counters of coverage are in a module. A counter is an injected global that the code increments.
 *
 * A basic block has a counter at its first instruction. Code that no path reaches (after an unconditional branch) has no block. A
 * two-way branch has a counter of the arrivals, and one of its first outcome; the other outcome is the difference, also if a message
 * traps between the start of the block and the branch. A `br_table` has one counter for each distinct target.
 */
import { EMPTY_BLOCK, OP } from './binary-format.js';
import { ByteReader } from './byte-reader.js';
import { readInstructionId, skipImmediates } from './instruction-reader.js';
import type { BranchCoverage, CoverageMap, FunctionCoverage } from './coverage-map.js';
import { ExternalKind, functionImports, type DecodedModule, type FunctionType } from './module-decoder.js';
import { Action, ACTIONS, INSTRUCTION_NAMES, isValueType } from './opcodes.js';
import { isSystemExport, parseMethodExport } from './validation.js';

/** Where the counters of one body are incremented. Offsets are those of instructions in the module, in ascending order. */
export interface BodyPlan {
  readonly offsets: readonly number[];
  /** `counters[i]` is incremented before the instruction at `offsets[i]`. */
  readonly counters: readonly number[];
  /** The `br_table` instructions with counters. */
  readonly tables: ReadonlyMap<number, TablePlan>;
}

export interface TablePlan {
  /** The labels of the instruction, the default last, as indices of `targets`. */
  readonly labels: readonly number[];
  readonly targets: readonly { readonly depth: number; readonly counter: number }[];
}

export interface CoveragePlan {
  readonly map: CoverageMap;
  readonly bodies: readonly BodyPlan[];
}

export function planCoverage(module: DecodedModule): CoveragePlan {
  const imports = functionImports(module).length;
  const exportsOf = exportNames(module);
  const bodies: BodyPlan[] = [];
  const functions: Omit<FunctionCoverage, 'isReferenced'>[] = [];
  const referenced = new Set(module.elements.flatMap(({ items }) => items));
  let counters = 0;
  module.bodies.forEach(([start, end], place) => {
    const type = module.types[module.functions[place] ?? -1];
    const planner = new BodyPlanner(module, counters, type?.results.length ?? 0);
    planner.plan(start, end);
    counters = planner.nextCounter;
    bodies.push(planner);
    for (const index of planner.referenced) referenced.add(index);
    const { blocks, blockOffsets: offsets, branches } = planner;
    const index = imports + place;
    const callees = [...planner.callees];
    functions.push({ index, start, end, blocks, offsets, branches, callees, exports: exportsOf(index) });
  });
  const map = {
    counters,
    functions: functions.map((each) => ({ ...each, isReferenced: referenced.has(each.index) })),
  };
  return { map, bodies };
}

/** The names of the methods and system entry points by function index. */
function exportNames(module: DecodedModule): (index: number) => readonly string[] {
  const names = new Map<number, string[]>();
  const add = (index: number, name: string) => names.set(index, [...(names.get(index) ?? []), name]);
  for (const { name, kind, index } of module.exports) {
    const isEntry = parseMethodExport(name) !== undefined || isSystemExport(name);
    if (kind === ExternalKind.function && isEntry) add(index, name);
  }
  if (module.start !== undefined) add(module.start, 'canister_start');
  return (index) => names.get(index) ?? [];
}

interface Frame {
  readonly kind: 'block' | 'loop' | 'if' | 'else';
  /** Number of values that a branch to this label carries. */
  readonly arity: number;
  readonly isReachable: boolean;
  /** Whether its end is reached by a branch, or by the end of the first arm of an `if`. */
  isJoined: boolean;
}

const MAY_TRAP: ReadonlySet<number> = new Set([
  Action.call,
  Action.callIndirect,
  Action.load,
  Action.loadLane,
  Action.store,
  Action.memoryGrow,
  Action.memoryFill,
  Action.memoryCopy,
  Action.memoryInit,
  Action.tableGet,
]);
/** Instructions without an action that may trap. */
const TRAPPING = /\.(div|rem|trunc_f)|^table\./;
const TRAPS: readonly boolean[] = INSTRUCTION_NAMES.map(
  (name, id) => MAY_TRAP.has(ACTIONS[id] ?? 0) || (name !== undefined && TRAPPING.test(name)),
);

const BR_IF = 0x0d;
const BR_TABLE = 0x0e;
const BLOCK = 0x02;

class BodyPlanner implements BodyPlan {
  nextCounter: number;
  readonly offsets: number[] = [];
  readonly counters: number[] = [];
  readonly tables = new Map<number, TablePlan>();
  readonly blocks: number[] = [];
  readonly blockOffsets: number[] = [];
  readonly branches: BranchCoverage[] = [];
  readonly callees = new Set<number>();
  readonly referenced = new Set<number>();

  readonly #module: DecodedModule;
  readonly #resultCount: number;
  #reader = new ByteReader(new Uint8Array());
  readonly #frames: Frame[] = [];
  #isReachable = true;
  /** Whether a block begins at the next instruction, or a counter is needed even if none does. */
  #pending: 'none' | 'block' | 'edge' = 'edge';
  /** Outcomes of the branch whose first outcome is the pending edge. */
  #edgeOf: number[] | undefined;
  /** The latest counter, and whether every execution of it arrives at the current instruction. */
  #current = 0;
  #isExact = true;

  constructor(module: DecodedModule, firstCounter: number, resultCount: number) {
    this.#module = module;
    this.nextCounter = firstCounter;
    this.#resultCount = resultCount;
  }

  plan(start: number, end: number): void {
    const reader = (this.#reader = new ByteReader(this.#module.bytes, start, end));
    for (let groups = reader.u32(); groups > 0; groups--) {
      reader.skipLeb128(5);
      reader.skip(1);
    }
    this.#frames.push({ kind: 'block', arity: this.#resultCount, isReachable: true, isJoined: false });
    while (reader.position < end) {
      const at = reader.position;
      const id = readInstructionId(reader);
      if (this.#isReachable) this.#begin(id, at);
      this.#follow(id, at);
    }
  }

  #count(at: number): number {
    this.offsets.push(at);
    this.counters.push(this.nextCounter);
    return this.nextCounter++;
  }

  /** Places the pending counter before the instruction at this offset. */
  #begin(id: number, at: number): void {
    if (this.#pending === 'none') return;
    const isEmpty = id === OP.end || id === OP.else || id === OP.loop;
    if (this.#pending === 'block' && (isEmpty || id === BLOCK)) return;
    this.#current = this.#count(at);
    this.#isExact = true;
    this.#edgeOf?.push(this.#current);
    this.#edgeOf = undefined;
    this.#pending = 'none';
    if (isEmpty && this.blocks.length > 0) return;
    this.blocks.push(this.#current);
    this.blockOffsets.push(at);
  }

  /** Follows the control flow of the instruction whose immediates come next. */
  #follow(id: number, at: number): void {
    switch (id) {
      case BLOCK:
        this.#open('block');
        return;
      case OP.loop:
        this.#open('loop');
        this.#startBlock();
        return;
      case OP.if:
        this.#twoWay('if', at);
        this.#open('if');
        return;
      case OP.else:
        this.#else();
        return;
      case OP.end:
        this.#end();
        return;
      case OP.br:
        this.#branchTo(this.#reader.u32());
        this.#isReachable = false;
        return;
      case BR_IF:
        this.#branchTo(this.#reader.u32());
        this.#twoWay('br_if', at);
        return;
      case BR_TABLE:
        this.#table(at);
        this.#isReachable = false;
        return;
      default:
        this.#refer(id);
        skipImmediates(this.#reader, id);
        if (TRAPS[id] === true) this.#isExact = false;
        if (endsPath(id)) this.#isReachable = false;
    }
  }

  /** Notes the function that a call or `ref.func` names. Its immediates come next. */
  #refer(id: number): void {
    const action = ACTIONS[id];
    if (action !== Action.call && action !== Action.returnCall && action !== Action.refFunc) return;
    const { bytes, position, end } = this.#reader;
    const index = new ByteReader(bytes, position, end).u32();
    (action === Action.refFunc ? this.referenced : this.callees).add(index);
  }

  #open(kind: 'block' | 'loop' | 'if'): void {
    const { params, results } = this.#blockType();
    const arity = kind === 'loop' ? params : results;
    this.#frames.push({ kind, arity, isReachable: this.#isReachable, isJoined: false });
  }

  #blockType(): { readonly params: number; readonly results: number } {
    const reader = this.#reader;
    const code = reader.bytes[reader.position] ?? EMPTY_BLOCK;
    if (code === EMPTY_BLOCK || isValueType(code)) {
      reader.skip(1);
      return { params: 0, results: code === EMPTY_BLOCK ? 0 : 1 };
    }
    const type: FunctionType | undefined = this.#module.types[reader.i32()];
    return { params: type?.params.length ?? 0, results: type?.results.length ?? 0 };
  }

  #startBlock(): void {
    if (this.#isReachable) this.#pending = 'block';
  }

  #twoWay(kind: 'if' | 'br_if', offset: number): void {
    if (!this.#isReachable) return;
    const arrivals = this.#isExact ? this.#current : this.#count(offset);
    const outcomes: number[] = [];
    this.branches.push({ offset, kind, arrivals, outcomes });
    this.#edgeOf = outcomes;
    this.#pending = 'edge';
  }

  #branchTo(depth: number): void {
    const frame = this.#frames.at(-1 - depth);
    if (this.#isReachable && frame !== undefined) frame.isJoined = true;
  }

  #else(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    const isJoined = frame.isJoined || this.#isReachable;
    this.#frames.push({ ...frame, kind: 'else', isJoined });
    this.#isReachable = frame.isReachable;
    this.#startBlock();
  }

  #end(): void {
    const frame = this.#frames.pop();
    if (frame === undefined || frame.kind === 'loop') return;
    const isJoined = frame.isJoined || (frame.kind === 'if' && frame.isReachable);
    this.#isReachable ||= isJoined;
    if (isJoined) this.#startBlock();
  }

  #table(offset: number): void {
    const reader = this.#reader;
    const depths = Array.from({ length: reader.u32() + 1 }, () => reader.u32());
    for (const depth of depths) this.#branchTo(depth);
    const carriesValues = depths.some((depth) => (this.#frames.at(-1 - depth)?.arity ?? 0) > 0);
    if (!this.#isReachable || carriesValues) return;
    const distinct = [...new Set(depths)];
    const targets = distinct.map((depth) => ({ depth, counter: this.nextCounter++ }));
    this.tables.set(offset, { labels: depths.map((depth) => distinct.indexOf(depth)), targets });
    const outcomes = targets.map(({ counter }) => counter);
    this.branches.push({ offset, kind: 'br_table', arrivals: undefined, outcomes });
  }
}

function endsPath(id: number): boolean {
  const action = ACTIONS[id];
  return (
    id === OP.unreachable ||
    id === OP.return ||
    action === Action.returnCall ||
    action === Action.returnCallIndirect
  );
}

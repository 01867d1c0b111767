/** Lists the mutants of a function. */
import { OP } from '../wasm/binary-format.js';
import { ByteReader } from '../wasm/byte-reader.js';
import { CodeWriter } from '../wasm/code-writer.js';
import type { FunctionCoverage } from '../wasm/coverage-map.js';
import { readInstructionId, skipImmediates } from '../wasm/instruction-reader.js';
import { functionImports, type DecodedModule, type FunctionType } from '../wasm/module-decoder.js';
import { Action, ACTIONS, INSTRUCTION_NAMES } from '../wasm/opcodes.js';
import { changedConstant, isComparison, swaps, zeroOf, type Change } from './operators.js';

export interface Mutant extends Change {
  /** Unique in the module, and the same for every listing of it. */
  readonly id: string;
  /** Index of the function in the module. */
  readonly function: number;
  /** The instruction that changes, as offsets in the module. An empty range is an insertion. */
  readonly start: number;
  readonly end: number;
  /** Types of further locals, whose indices follow those of the function. */
  readonly locals: readonly number[];
  /** Name of the instruction that changes, or before which the change is inserted. */
  readonly instruction: string;
  /** Counter of the basic block that contains the change. */
  readonly block: number;
}

const BR_IF = 0x0d;
const UNREACHABLE = Uint8Array.of(OP.unreachable);
const I32_EQZ = Uint8Array.of(OP.i32_eqz);
const TWO_DROPS = Uint8Array.of(OP.drop, OP.drop);

type Part = Change & Pick<Mutant, 'start' | 'end'> & { readonly locals?: readonly number[] };

/** The mutants of one function in the order of their offsets, and of their operators at one offset. */
export function findMutants(module: DecodedModule, covered: FunctionCoverage): readonly Mutant[] {
  return new MutantFinder(module, covered).find();
}

class MutantFinder {
  readonly #module: DecodedModule;
  readonly #covered: FunctionCoverage;
  readonly #imports: readonly { readonly name: string; readonly typeIndex: number }[];
  readonly #type: FunctionType;
  readonly #mutants: Mutant[] = [];
  /** Number of parameters and locals. */
  #localCount = 0;

  constructor(module: DecodedModule, covered: FunctionCoverage) {
    this.#module = module;
    this.#covered = covered;
    this.#imports = functionImports(module);
    const typeIndex = module.functions[covered.index - this.#imports.length];
    this.#type = module.types[typeIndex ?? -1] ?? { params: [], results: [] };
  }

  find(): readonly Mutant[] {
    const { start, end, offsets } = this.#covered;
    const reader = new ByteReader(this.#module.bytes, start, end);
    this.#localCount = this.#type.params.length;
    for (let groups = reader.u32(); groups > 0; groups--) {
      this.#localCount += reader.u32();
      reader.skip(1);
    }
    this.#earlyReturn(reader.position);
    const blockStarts = new Set(offsets);
    let previous = -1;
    let isReachable = true;
    while (reader.position < end) {
      const at = reader.position;
      if (blockStarts.has(at)) {
        isReachable = true;
        this.#add({
          operator: 'block-trapped',
          bytes: UNREACHABLE,
          words: 'a basic block traps',
          start: at,
          end: at,
        });
      }
      const id = readInstructionId(reader);
      const immediates = reader.position;
      skipImmediates(reader, id);
      if (isReachable) this.#mutate({ id, previous, immediates, start: at, end: reader.position });
      // Code after it has no block, until the next block begins.
      if (endsPath(id)) isReachable = false;
      previous = id;
    }
    return this.#mutants;
  }

  #add(part: Part): void {
    const { blocks, offsets, index, start } = this.#covered;
    const place = offsets.findLastIndex((offset) => offset <= part.start);
    const block = blocks[Math.max(0, place)] ?? 0;
    const id = `${index}+${part.start - start}:${part.operator}`;
    const instruction = this.#instructionAt(part.start);
    this.#mutants.push({ locals: [], ...part, id, function: index, instruction, block });
  }

  #instructionAt(offset: number): string {
    const id = readInstructionId(new ByteReader(this.#module.bytes, offset, this.#covered.end));
    return INSTRUCTION_NAMES[id] ?? '';
  }

  #earlyReturn(at: number): void {
    const zeros = this.#type.results.map(zeroOf);
    if (zeros.includes(undefined)) return;
    const bytes = Uint8Array.from([...zeros.flatMap((zero) => zero ?? []), OP.return]);
    const words = zeros.length === 0 ? 'the function returns at once' : 'the function returns 0 at once';
    this.#add({ operator: 'early-return', bytes, words, start: at, end: at });
  }

  #mutate({
    id,
    previous,
    immediates,
    ...range
  }: Pick<Mutant, 'start' | 'end'> & Record<'id' | 'previous' | 'immediates', number>): void {
    for (const change of swaps(id)) this.#add({ ...change, ...range });
    const reader = new ByteReader(this.#module.bytes, immediates, range.end);
    if ((id === BR_IF || id === OP.if) && !isComparison(previous)) {
      const words = `the condition of ${INSTRUCTION_NAMES[id]} is negated`;
      this.#add({ operator: 'branch-negated', bytes: I32_EQZ, words, start: range.start, end: range.start });
    } else if (id === OP.i32_const) {
      this.#add({ ...changedConstant(id, BigInt(reader.i32())), ...range });
    } else if (id === OP.i64_const) {
      this.#add({ ...changedConstant(id, reader.i64()), ...range });
    } else if (ACTIONS[id] === Action.call) {
      this.#systemCall(reader.u32(), range);
    } else if (ACTIONS[id] === Action.store && (INSTRUCTION_NAMES[id] ?? '').includes('store') && id < 0xfc) {
      const words = `${INSTRUCTION_NAMES[id]} is left out`;
      this.#add({ operator: 'store-dropped', bytes: TWO_DROPS, words, ...range });
    }
  }

  /** Drops and doubles the call of an import. */
  #systemCall(index: number, range: Pick<Mutant, 'start' | 'end'>): void {
    const imported = this.#imports[index];
    const type = imported && this.#module.types[imported.typeIndex];
    if (imported === undefined || type === undefined) return;
    const { params, results } = type;
    const zeros = results.map(zeroOf);
    if (!zeros.includes(undefined)) {
      const bytes = Uint8Array.from([...params.map(() => OP.drop), ...zeros.flatMap((zero) => zero ?? [])]);
      this.#add({
        operator: 'call-dropped',
        bytes,
        words: `the call of ${imported.name} is left out`,
        ...range,
      });
    }
    const out = new CodeWriter(64);
    const locals = params.map((_, place) => this.#localCount + place);
    for (const local of locals.toReversed()) out.localSet(local);
    for (const local of locals) out.localGet(local);
    out.call(index);
    results.forEach(() => out.byte(OP.drop));
    for (const local of locals) out.localGet(local);
    const bytes = out.call(index).toBytes();
    const words = `the call of ${imported.name} is made twice`;
    this.#add({ operator: 'call-doubled', bytes, words, locals: params, ...range });
  }
}

const ENDS_PATH: ReadonlySet<number> = new Set([OP.unreachable, OP.br, 0x0e, OP.return]);

function endsPath(id: number): boolean {
  const action = ACTIONS[id];
  return ENDS_PATH.has(id) || action === Action.returnCall || action === Action.returnCallIndirect;
}

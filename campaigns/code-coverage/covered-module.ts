/** What the counts of a module say about its functions, and why some were not reached. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { outcomeCounts, type FunctionCoverage } from '../../replicas/embedded/wasm/coverage-map.js';
import type { ModuleCounts } from '../../replicas/embedded/wasm/coverage-recorder.js';
import { demangle } from '../../replicas/embedded/wasm/validator.js';
import type { Target } from '../../targets/target.js';
import { coveredFiles } from './line-coverage.js';
import type { SourceMapPlaces } from '../source-lines/source-lines.js';
import type { SubjectSpec } from '../subject/subject.js';
import type { CoveredFunction, CoveredModule } from '../../reports/documents/coverage-report.js';

/**
 * The module under test first, then those of the further canisters by role. Modules that are only installed before an upgrade are left
 * out.
 */
export function coveredModules(
  counts: readonly ModuleCounts[],
  subject: Pick<SubjectSpec, 'wasmSha256' | 'wasmLabel' | 'wasmPath' | 'sourceMap'>,
  { canisters = {} }: Pick<Target, 'canisters'>,
): readonly CoveredModule[] {
  const { wasmSha256, wasmLabel, wasmPath, sourceMap } = subject;
  const modules = new Map([[wasmSha256, { name: wasmLabel, places: { wasmPath, sourceMap } }]]);
  for (const [role, { wasm, faultsWasm }] of Object.entries(canisters))
    for (const path of [wasm, faultsWasm]) {
      const sha256 = path === undefined ? undefined : hashOfFile(path);
      if (path === undefined || sha256 === undefined || modules.has(sha256)) continue;
      modules.set(sha256, { name: role, places: { wasmPath: filePath(path), sourceMap: undefined } });
    }
  return [...modules].flatMap(([sha256, { name, places }]) => {
    const module = counts.find(({ hash }) => hash === sha256);
    return module === undefined ? [] : [coveredModule(name, module, places)];
  });
}

function filePath(path: string | URL): string {
  return path instanceof URL || path.startsWith('file:') ? fileURLToPath(path) : path;
}

/** `undefined` for a file that is not readable: its canister was not installed. */
function hashOfFile(path: string | URL): string | undefined {
  try {
    return createHash('sha256')
      .update(readFileSync(filePath(path)))
      .digest('hex');
  } catch {
    return undefined;
  }
}

function coveredModule(name: string, module: ModuleCounts, places: SourceMapPlaces): CoveredModule {
  const { functions } = module.map;
  const reasons = new UnreachedReasons(module);
  const list = functions.map((each) => coveredFunction(each, module, reasons));
  const entry = ({ exports }: CoveredFunction) => (exports.length > 0 ? 0 : 1);
  return {
    name,
    sha256: module.hash,
    functions: { reached: list.filter(({ calls }) => calls > 0).length, total: list.length },
    blocks: sumOf(list.map(({ blocks }) => blocks)),
    branches: sumOf(list.map(({ branches }) => branches)),
    notCalled: list.flatMap(({ calls, exports }) => (calls > 0 ? [] : exports)).sort(),
    files: [...coveredFiles(module, places)],
    functionList: list.toSorted((a, b) => entry(a) - entry(b) || a.index - b.index),
  };
}

type Share = CoveredModule['functions'];

function sumOf(shares: readonly Share[]): Share {
  const add = (sum: Share, { reached, total }: Share) => ({
    reached: sum.reached + reached,
    total: sum.total + total,
  });
  return shares.reduce(add, { reached: 0, total: 0 });
}

function shareOf(counts: readonly number[]): Share {
  return { reached: counts.filter((count) => count > 0).length, total: counts.length };
}

function coveredFunction(
  covered: FunctionCoverage,
  { counts, names }: ModuleCounts,
  reasons: UnreachedReasons,
): CoveredFunction {
  const { index, exports, blocks, branches } = covered;
  const name = names?.get(index);
  const perBlock = blocks.map((counter) => counts[counter] ?? 0);
  return {
    index,
    name: name === undefined ? null : demangle(name),
    exports: [...exports],
    calls: perBlock[0] ?? 0,
    blocks: shareOf(perBlock),
    branches: shareOf(branches.flatMap((branch) => outcomeCounts(branch, counts))),
    ...reasons.of(covered),
  };
}

/** Follows direct calls from the code that was reached, and from the methods that never ran. */
class UnreachedReasons {
  readonly #reached: ReadonlySet<number>;
  readonly #provoked: ReadonlySet<number>;
  /** For each function that was not reached, the methods that never ran and lead to it. */
  readonly #methods = new Map<number, Set<string>>();
  readonly #byIndex: ReadonlyMap<number, FunctionCoverage>;
  readonly #called: ReadonlySet<number>;

  constructor({ map: { functions }, counts }: ModuleCounts) {
    this.#byIndex = new Map(functions.map((each) => [each.index, each]));
    const isReached = ({ blocks: [entry] }: FunctionCoverage) => (counts[entry ?? -1] ?? 0) > 0;
    const reached = functions.filter(isReached);
    this.#reached = new Set(reached.map(({ index }) => index));
    this.#provoked = this.#unreachedFrom(reached.flatMap(({ callees }) => callees));
    this.#called = new Set(functions.flatMap(({ callees }) => callees));
    for (const { index, exports } of functions.filter((each) => !isReached(each) && each.exports.length > 0))
      for (const leads of this.#unreachedFrom([index])) this.#note(leads, exports);
  }

  of({ index, exports, isReferenced }: FunctionCoverage): Pick<CoveredFunction, 'reason' | 'onlyFor'> {
    if (this.#reached.has(index)) return { reason: null, onlyFor: [] };
    if (exports.length > 0) return { reason: 'not-called', onlyFor: [...exports] };
    if (this.#provoked.has(index)) return { reason: 'not-provoked', onlyFor: [] };
    const methods = this.#methods.get(index);
    if (methods !== undefined) return { reason: 'not-called', onlyFor: [...methods].sort() };
    return { reason: isReferenced || this.#called.has(index) ? 'indirect' : 'no-caller', onlyFor: [] };
  }

  #note(index: number, methods: readonly string[]): void {
    const known = this.#methods.get(index) ?? new Set();
    for (const method of methods) known.add(method);
    this.#methods.set(index, known);
  }

  /** The functions that were not reached and to which direct calls lead from these. */
  #unreachedFrom(start: readonly number[]): ReadonlySet<number> {
    const found = new Set<number>();
    const waiting = [...start];
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      const covered = this.#byIndex.get(index);
      if (covered === undefined || this.#reached.has(index) || found.has(index)) continue;
      found.add(index);
      waiting.push(...covered.callees);
    }
    return found;
  }
}

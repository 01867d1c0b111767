/** Divides the samples of a V8 profile among the parts of this project. */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import type { Profiler } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

export interface PartShare {
  readonly part: string;
  /** Of all samples in which the process was not idle; all shares add up to 1. */
  readonly share: number;
}

/** The first pattern that the path of a source file matches names its part. */
const PARTS: readonly (readonly [pattern: RegExp, part: string])[] = [
  [/^generators\//, 'generation of schedules'],
  [/^targets\/.*repl(y|ies)|^targets\/http-read/, 'decoding'],
  [/^targets\//, 'encoding'],
  [/^replicas\/embedded\/(system-api|memory)\//, 'System API and memory'],
  [/^replicas\/embedded\/(management|management-interface|wasm|native)\//, 'upgrade and install'],
  [/^replicas\/embedded\/machine\//, 'machines: instances and globals'],
  [/^replicas\/embedded\/state\/copy-on-write/, 'restore and rollback'],
  [/^replicas\//, 'messages: scheduling, routing, accounting'],
  [/^harness\/evidence\/(follow-model|linearization)|^model\/(apply|state|oracle)/, 'following the model'],
  [/^harness\/history\/(trace-hash|canonical-json)/, 'trace hash'],
  [/^harness\/(checkers|ledger|evidence|judgement|state-coverage)\//, 'checkers'],
  [/^model\/content/, 'contents of files'],
  [/^(harness|model)\//, 'interpreter and history'],
  [/^(campaigns|reports)\//, 'tallies'],
];

const OWN_CODE = "the canister's own code";
const GARBAGE = 'garbage collection';
const OTHER = 'runtime, and libraries without a caller';

export function profileShares({
  nodes,
  samples = [],
  timeDeltas = [],
}: Profiler.Profile): readonly PartShare[] {
  const parts = new PartsOfNodes(nodes);
  const sums = new Map<string, number>();
  let total = 0;
  for (const [position, id] of samples.entries()) {
    const part = parts.of(id);
    const microseconds = timeDeltas[position] ?? 0;
    if (part === undefined) continue;
    total += microseconds;
    sums.set(part, (sums.get(part) ?? 0) + microseconds);
  }
  return [...sums].map(([part, sum]) => ({ part, share: total === 0 ? 0 : sum / total }));
}

class PartsOfNodes {
  readonly #parts = new Map<number, string | undefined>();
  readonly #maps = new SourceMaps();

  constructor(nodes: readonly Profiler.ProfileNode[]) {
    // Parents come before their children.
    for (const { id, callFrame, children = [] } of nodes) {
      const own = this.#ownPart(callFrame);
      const inherited = this.#parts.get(id);
      const part = own === 'idle' ? undefined : (own ?? inherited ?? OTHER);
      this.#parts.set(id, part);
      for (const child of children) this.#parts.set(child, part);
    }
  }

  of(id: number): string | undefined {
    return this.#parts.get(id);
  }

  /** `undefined` if the frame belongs to the part of its caller. */
  #ownPart({
    functionName,
    url,
    lineNumber,
    columnNumber,
  }: Profiler.ProfileNode['callFrame']): string | undefined {
    if (functionName === '(idle)') return 'idle';
    if (functionName === '(garbage collector)') return GARBAGE;
    if (url.startsWith('wasm:')) return OWN_CODE;
    const source = this.#maps.sourceOf(url, lineNumber, columnNumber);
    return source === undefined ? undefined : PARTS.find(([pattern]) => pattern.test(source))?.[1];
  }
}

/** The source maps of the build. */
class SourceMaps {
  readonly #maps = new Map<string, SourceMap | undefined>();

  /** The path of a source from the root of this project; `undefined` for code that is not of this project. */
  sourceOf(url: string, line: number, column: number): string | undefined {
    if (!url.startsWith('file:') || url.includes('/node_modules/')) return undefined;
    const entry = this.#mapOf(fileURLToPath(url))?.findEntry(line, column);
    if (entry === undefined || !('originalSource' in entry)) return undefined;
    return entry.originalSource.replace(/^(\.\.\/)+/, '');
  }

  #mapOf(path: string): SourceMap | undefined {
    const file = `${path}.map`;
    if (!this.#maps.has(file)) {
      const payload = existsSync(file)
        ? (JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload)
        : undefined;
      this.#maps.set(file, payload === undefined ? undefined : new SourceMap(payload));
    }
    return this.#maps.get(file);
  }
}

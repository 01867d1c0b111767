/** Passes over files, callers, data and names. */
import { chunkCount } from '../../model/content.js';
import type { AssetSource, FileRecipe, Limits, Operation, Schedule, Step } from '../../model/schedule.js';
import type { Pass, Search } from './minimise.js';
import { sessionOfStep, withStep } from './step-passes.js';

/** Chunk size in bytes of a schedule that leaves it to the target, as far as shrinking goes: no file is cut by it then. */
const chunkSizeOf = ({ limits }: Schedule): number => limits.chunkSize ?? Infinity;

function withFile(schedule: Schedule, index: number, file: FileRecipe): Schedule {
  return {
    ...schedule,
    files: schedule.files.with(index, file),
  };
}

function sessionsOfFile({ steps }: Schedule, file: number): ReadonlySet<string> {
  return new Set(
    steps.flatMap((step) =>
      step.do === 'call' && step.operation.op === 'begin' && step.operation.file === file
        ? [step.operation.session]
        : [],
    ),
  );
}

/** A chunk less, together with every put of it: neither can go alone. Of all files at once, then of each. */
export const fewerChunks: Pass = async (search) => {
  const all = [...search.best.files.keys()];
  for (const files of all.length > 1 ? [all, ...all.map((file) => [file])] : [all]) {
    while (await dropAnyChunk(search, files));
  }
};

async function dropAnyChunk(search: Search, files: readonly number[]): Promise<boolean> {
  const { best } = search;
  const size = chunkSizeOf(best);
  if (size === Infinity) return false;
  const count = Math.max(0, ...files.map((file) => chunkCount(best.files[file]!.bytes, size)));
  if (await dropChunks(search, files, 1, count - 1)) return true;
  for (let index = 0; index < count; index++) if (await dropChunks(search, files, index, 1)) return true;
  return false;
}

/** Leaves `dropped` chunks from `index` out; later ones move up. The last chunk keeps its length. */
function dropChunks(
  search: Search,
  files: readonly number[],
  index: number,
  dropped: number,
): Promise<boolean> {
  const { best } = search;
  const size = chunkSizeOf(best);
  if (dropped <= 0) return Promise.resolve(false);
  const sessions = new Set(files.flatMap((file) => [...sessionsOfFile(best, file)]));
  const steps = best.steps.flatMap((step): Step[] => {
    if (step.do !== 'call' || step.operation.op !== 'put' || !sessions.has(step.operation.session))
      return [step];
    const { operation } = step;
    if (operation.index < index) return [step];
    return operation.index < index + dropped
      ? []
      : [{ ...step, operation: { ...operation, index: operation.index - dropped } }];
  });
  const recipes = best.files.map((recipe, file) =>
    files.includes(file) ? { ...recipe, bytes: Math.max(0, recipe.bytes - dropped * size) } : recipe,
  );
  return search.attempt({ ...best, files: recipes, steps });
}

/** Shorter files, of zeros, with plain names; unused ones go. */
export const simplerFiles: Pass = async (search) => {
  await dropUnusedFiles(search);
  for (let index = 0; index < search.best.files.length; index++) {
    for (const bytes of shorterLengths(search.best.files[index]!.bytes, chunkSizeOf(search.best))) {
      if (await search.attempt(withFile(search.best, index, { ...search.best.files[index]!, bytes }))) break;
    }
    const { content } = search.best.files[index]!;
    const simpler: FileRecipe['content'][] = content.kind === 'random' ? [{ kind: 'zero' }] : [];
    // A small seed reads better than a drawn one.
    for (let seed = 0; seed < 3 && content.kind === 'random' && seed < content.seed; seed++)
      simpler.push({ kind: 'random', seed });
    for (const candidate of simpler) {
      if (
        await search.attempt(
          withFile(search.best, index, { ...search.best.files[index]!, content: candidate }),
        )
      )
        break;
    }
  }
};

function shorterLengths(bytes: number, chunkSize: number): number[] {
  const lengths = [0, 1, 2, Math.floor(bytes / 2)];
  if (Number.isFinite(chunkSize)) {
    // The same number of chunks, the last of them whole or of one byte.
    const whole = Math.floor((bytes - 1) / chunkSize) * chunkSize;
    lengths.push(chunkSize, whole, whole + 1);
  }
  return [...new Set(lengths)].filter((length) => length >= 0 && length < bytes).sort((a, b) => a - b);
}

async function dropUnusedFiles(search: Search): Promise<void> {
  const { best } = search;
  const used = best.files.map((_, index) => sessionsOfFile(best, index).size > 0);
  if (used.every(Boolean)) return;
  const moved = used.map((_, index) => used.slice(0, index).filter(Boolean).length);
  const steps = mapOperations(best, (operation) =>
    operation.op === 'begin' ? { ...operation, file: moved[operation.file]! } : operation,
  );
  await search.attempt({ ...best, files: best.files.filter((_, index) => used[index]), steps });
}

export function mapOperations(schedule: Schedule, map: (operation: Operation) => Operation): Step[] {
  return schedule.steps.map((step) =>
    step.do === 'call' ? { ...step, operation: map(step.operation) } : step,
  );
}

/** One caller in the place of another, and no more callers than are named. */
export const mergeCallers: Pass = async (search) => {
  for (let from = search.best.callers - 1; from > 0; from--) {
    for (let to = 0; to < from; to++) {
      const rename = (caller: number) => (caller === from ? to : caller);
      if (await search.attempt({ ...search.best, steps: mapOperations(search.best, renameCallers(rename)) }))
        break;
    }
  }
  const named = [...callersOf(search.best)].sort((a, b) => a - b);
  const steps = mapOperations(
    search.best,
    renameCallers((caller) => named.indexOf(caller)),
  );
  await search.attempt({ ...search.best, callers: Math.max(1, named.length), steps });
};

function renameCallers(rename: (caller: number) => number) {
  return (operation: Operation): Operation => {
    const renamed: Record<string, unknown> = { ...operation };
    for (const field of ['caller', 'by', 'capsuleOf'] as const) {
      const caller = renamed[field];
      if (typeof caller === 'number') renamed[field] = rename(caller);
    }
    return renamed as unknown as Operation;
  };
}

function callersOf({ steps }: Schedule): ReadonlySet<number> {
  const fields = steps.flatMap((step) =>
    step.do === 'call'
      ? Object.entries(step.operation).filter(([name]) => ['caller', 'by', 'capsuleOf'].includes(name))
      : [],
  );
  return new Set(fields.map(([, caller]) => caller as number));
}

/** Wrong data made right, or at least wrong in the plainest way; jumps of time made short. */
export const plainData: Pass = async (search) => {
  for (let place = 0; place < search.best.steps.length; place++) {
    for (const simpler of simplerSteps(search.best.steps[place]!)) {
      if (await search.attempt(withStep(search.best, place, simpler))) break;
    }
  }
};

/** From the plainest on. */
function simplerSteps(step: Step): Step[] {
  if (step.do === 'advance')
    return [1, 60, 600, 3_600, 86_400].filter((s) => s < step.seconds).map((s) => ({ ...step, seconds: s }));
  if (step.do === 'upgrade') return fewerLimits(step.limits ?? {}).map((limits) => upgradeWith(limits));
  if (step.do !== 'call') return [];
  return simplerOperations(step.operation).map((operation) => ({ ...step, operation }));
}

function upgradeWith(limits: Limits): Step {
  return Object.keys(limits).length === 0 ? { do: 'upgrade' } : { do: 'upgrade', limits };
}

/** None, else one less. */
function fewerLimits(limits: Limits): Limits[] {
  const names = Object.keys(limits) as (keyof Limits)[];
  if (names.length === 0) return [];
  const without = names.map((name) => {
    const { [name]: _dropped, ...rest } = limits;
    return rest;
  });
  return [{}, ...without];
}

/** An asset less, or fewer bytes in one. */
function simplerAssets(assets: readonly AssetSource[]): AssetSource[][] {
  const without = assets.map((_, place) => assets.toSpliced(place, 1));
  const shorter = assets.flatMap((asset, place) =>
    'inlineBytes' in asset
      ? [0, 1, 2, Math.floor(asset.inlineBytes / 2)]
          .filter((bytes) => bytes < asset.inlineBytes)
          .map((inlineBytes) => assets.with(place, { ...asset, inlineBytes }))
      : [],
  );
  return [...without, ...shorter];
}

function simplerOperations(operation: Operation): Operation[] {
  switch (operation.op) {
    case 'begin': {
      const { chunksOff: _off, capsuleOf: _capsule, ...plain } = operation;
      const isPlain = operation.chunksOff === undefined && operation.capsuleOf === undefined;
      return isPlain ? [] : [plain];
    }
    case 'put':
      if (operation.data.kind === 'right') return [];
      return [
        { ...operation, data: { kind: 'right' } },
        ...(operation.data.kind === 'flipped' && operation.data.at !== 0
          ? [{ ...operation, data: { kind: 'flipped', at: 0 } } as const]
          : []),
      ];
    case 'finish': {
      const right = { ...operation, hash: 'right', lengthOff: 0 } as const;
      const isRight = operation.hash === 'right' && operation.lengthOff === 0;
      const plainer: Operation[] = isRight ? [] : [right];
      if (operation.hash !== 'right' && operation.lengthOff !== 0)
        plainer.push({ ...operation, hash: 'right' }, { ...operation, lengthOff: 0 });
      if (operation.hash !== 'right' && operation.hash !== 'flipped')
        plainer.push({ ...operation, hash: 'flipped' });
      if (Math.abs(operation.lengthOff) > 1)
        plainer.push({ ...operation, lengthOff: Math.sign(operation.lengthOff) });
      return plainer;
    }
    case 'memory': {
      const { capsuleOf, ...plain } = operation;
      const simpler = simplerAssets(operation.assets).map((assets) => ({ ...operation, assets }));
      return capsuleOf === undefined ? simpler : [plain, ...simpler];
    }
    default:
      return [];
  }
}

/** A lane for each session; what belongs to none goes on in the lane of the call before it. */
export const mergeLanes: Pass = async (search) => {
  const lanes = new Map<string, number>();
  let lane = 0;
  const steps = search.best.steps.map((step) => {
    if (step.do !== 'call') return step;
    const session = sessionOfStep(step);
    if (session !== undefined && !lanes.has(session)) lanes.set(session, lanes.size);
    if (session !== undefined) lane = lanes.get(session)!;
    return { ...step, lane };
  });
  await search.attempt({ ...search.best, steps });
};

/** Sessions `A`, `B`, … and memories `M`, `M2`, … in the order in which they come, with keys after them where these are not shared on purpose. */
export const renumber: Pass = async (search) => {
  const sessions = labelsOf(search.best, (operation) =>
    'session' in operation ? operation.session : undefined,
  );
  const sessionLabels = new Map(sessions.map((label, index) => [label, letter(index)]));
  const memories = labelsOf(search.best, (operation) =>
    'memory' in operation && !sessionLabels.has(operation.memory) ? operation.memory : undefined,
  );
  const labels = new Map([
    ...sessionLabels,
    ...memories.map((label, index) => [label, index === 0 ? 'M' : `M${index + 1}`] as const),
  ]);
  const keys = new Map<string, string>();
  const steps = mapOperations(search.best, (operation) => {
    const renamed = renameLabels(operation, (label) => labels.get(label) ?? label);
    if (renamed.op !== 'begin') return renamed;
    if (!keys.has(renamed.key)) keys.set(renamed.key, `key-${renamed.session}`);
    return { ...renamed, key: keys.get(renamed.key)! };
  });
  await search.attempt({ ...search.best, steps });
};

function letter(index: number) {
  const name = String.fromCharCode(65 + index);
  // `M` is a memory's.
  return index < 12 ? name : `S${index + 1}`;
}

function labelsOf({ steps }: Schedule, labelOf: (operation: Operation) => string | undefined): string[] {
  const labels = steps.flatMap((step) => (step.do === 'call' ? (labelOf(step.operation) ?? []) : []));
  return [...new Set(labels)];
}

function renameLabels(operation: Operation, rename: (label: string) => string): Operation {
  if ('session' in operation) return { ...operation, session: rename(operation.session) };
  if (operation.op === 'memory') {
    const assets = operation.assets.map((asset) =>
      'blobOf' in asset ? { ...asset, blobOf: rename(asset.blobOf) } : asset,
    );
    return { ...operation, memory: rename(operation.memory), assets };
  }
  return 'memory' in operation ? { ...operation, memory: rename(operation.memory) } : operation;
}

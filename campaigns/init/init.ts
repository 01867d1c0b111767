/**
 * Entry of the command `init`: reads the interface of a canister and writes a target for it.
 *
 * - `candid-text.ts`, `parse-candid.ts`: the interface, from a file or from a module.
 * - `choose-methods.ts`: which method is which operation; `naming.ts`: how uploads, chunks, and files are named.
 * - `system.ts`: of several canisters, which one begins uploads, and whose method is whose.
 * - `roles.ts`, `meanings.ts`: what arguments and replies mean; `init-argument.ts`, `permissions.ts`.
 * - `propose.ts` puts all this together; `render-target.ts` writes it as TypeScript.
 */
import { existsSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { writeFileAtomic } from '../../harness/files/write-file-atomic.js';
import { reasonOf } from '../../harness/files/system-error.js';
import { InputError } from '../../harness/input-error.js';
import { isInstalled } from '../../targets/missing-package.js';
import { createWritableFolder } from '../output/output-folder.js';
import { candidOfModule, readCandidFile } from './candid-text.js';
import { parseCandid } from './parse-candid.js';
import { propose, type Proposal } from './propose.js';
import { systemOf, type SourceCanister } from './system.js';
import { renderConfig, renderIdl, renderTarget } from './render-target.js';

export interface InitOptions {
  /** The modules of one or more canisters. A module that is named twice is a role with two canisters. */
  readonly wasm?: readonly string[];
  /** Their interfaces, in the same order; default: those in the modules. */
  readonly did?: readonly string[];
  /** Name of the target; default: that of the file. */
  readonly name?: string;
  readonly out: string;
  /** Whether to overwrite files. */
  readonly force: boolean;
}

export interface InitResult {
  readonly proposal: Proposal;
  /** Absolute paths. */
  readonly written: readonly string[];
  /** Packages that the files import, and that are not installed for them. */
  readonly missing: readonly string[];
}

const CONFIG = 'upload-stress.config.ts';

/** @throws InputError if there is no usable interface, or if a file exists and `force` is not set; then nothing is written */
export async function initTarget(options: InitOptions): Promise<InitResult> {
  const { out, force } = options;
  const sources = await sourcesOf(options);
  const system = systemOf(sources);
  const proposal = propose(system);
  const ofCanister = (one: SourceCanister) =>
    sources.find(({ candid }) => candid === one.candid) ?? sources[0];
  const main = ofCanister(system.main);
  const others = system.others.map(ofCanister);
  const name = options.name ?? main.name;
  const modules = new Map(
    others.map((other) => [
      other.name,
      { wasm: other.wasm === undefined ? undefined : fromFolder(out, other.wasm), count: other.count },
    ]),
  );
  const files = {
    [`${name}.idl.ts`]: renderIdl(main.candid, main.label),
    ...Object.fromEntries(
      others.map((other) => [`${other.name}.idl.ts`, renderIdl(other.candid, other.label)]),
    ),
    [`${name}.target.ts`]: renderTarget(proposal, { name, source: main.label, modules }),
    [CONFIG]: renderConfig({
      wasm: main.wasm === undefined ? undefined : fromFolder(out, main.wasm),
      did: main.did === undefined ? undefined : fromFolder(out, main.did),
      target: `./${name}.target.ts`,
    }),
  };
  const folder = createWritableFolder(out);
  if (!force) checkNew(folder, Object.keys(files));
  return { proposal, written: await writeAll(folder, files), missing: missingIn(folder, files) };
}

function missingIn(folder: string, files: Readonly<Record<string, string>>): readonly string[] {
  const imports = Object.values(files).flatMap((text) => [
    ...text.matchAll(/ from '((?:@[\w-]+\/)?[\w-]+)/g),
  ]);
  const packages = new Set(imports.flatMap(([, name]) => name ?? []));
  return [...packages].filter((name) => !isInstalled(name, folder));
}

interface Source extends SourceCanister {
  /** Name of the file, for people. */
  readonly label: string;
  readonly wasm: string | undefined;
  readonly did: string | undefined;
  readonly count: number;
}

/** @throws InputError if the numbers of modules and interfaces differ, or two canisters have one name */
async function sourcesOf({ wasm = [], did = [] }: InitOptions): Promise<readonly [Source, ...Source[]]> {
  if (wasm.length > 0 && did.length > 0 && wasm.length !== did.length)
    throw new InputError(
      `${wasm.length} --wasm and ${did.length} --did: pass one --did for each --wasm, in the same order`,
    );
  const given = Array.from({ length: Math.max(wasm.length, did.length) }, (_, index) => ({
    wasm: wasm[index],
    did: did[index],
  }));
  const pairs = new Map(given.map((pair) => [`${pair.wasm}\n${pair.did}`, pair]));
  const sources: Source[] = [];
  for (const [key, pair] of pairs) {
    const path = pair.did ?? pair.wasm ?? '';
    const candid = pair.did === undefined ? candidOfModule(path) : readCandidFile(path);
    const count = given.filter((one) => `${one.wasm}\n${one.did}` === key).length;
    const name = nameOf(path);
    const twin = sources.find((other) => other.name === name);
    if (twin !== undefined)
      throw new InputError(`two canisters have the name "${name}"; rename one of the files`);
    sources.push({ name, candid: await parseCandid(candid, path), label: basename(path), count, ...pair });
  }
  const [first, ...others] = sources;
  if (first === undefined)
    throw new InputError('init requires --wasm or --did: the canister, or its interface');
  return [first, ...others];
}

/** `my-canister` from `path/my-canister.wasm.gz`. */
function nameOf(path: string): string {
  const name = basename(path)
    .replace(/(\.wasm|\.did|\.gz)+$/i, '')
    .replace(/[^\w-]+/g, '-');
  return name === '' ? 'canister' : name;
}

function fromFolder(out: string, path: string): string {
  const shown = relative(resolve(out), resolve(path)).replaceAll('\\', '/');
  return shown.startsWith('.') ? shown : `./${shown}`;
}

function checkNew(folder: string, names: readonly string[]): void {
  const existing = names.filter((name) => existsSync(join(folder, name)));
  if (existing.length > 0)
    throw new InputError(
      `${existing.join(', ')} exists in ${folder}; pass --force to overwrite it, or another folder with --out`,
    );
}

async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const written: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    try {
      await writeFileAtomic(path, text);
    } catch (error) {
      throw new InputError(`cannot write ${path}: ${reasonOf(error)}`);
    }
    written.push(path);
  }
  return written;
}

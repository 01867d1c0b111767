/**
 * Entry of the command `init`: reads the interface of a canister and writes a target for it.
 *
 * - `candid-text.ts`, `parse-candid.ts`: the interface, from a file or from a module.
 * - `choose-methods.ts`: which method is which operation; `naming.ts`: how uploads, chunks, and files are named.
 * - `roles.ts`, `meanings.ts`: what arguments and replies mean; `init-argument.ts`, `permissions.ts`.
 * - `propose.ts` puts all this together; `render-target.ts` writes it as TypeScript.
 */
import { existsSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { writeFileAtomic } from '../../harness/files/write-file-atomic.js';
import { reasonOf } from '../../harness/files/system-error.js';
import { InputError } from '../../harness/input-error.js';
import { createWritableFolder } from '../output/output-folder.js';
import { candidOfModule, readCandidFile } from './candid-text.js';
import { parseCandid } from './parse-candid.js';
import { propose, type Proposal } from './propose.js';
import { renderConfig, renderIdl, renderTarget } from './render-target.js';

export interface InitOptions {
  readonly wasm?: string;
  readonly did?: string;
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
}

const CONFIG = 'upload-stress.config.ts';

/** @throws InputError if there is no usable interface, or if a file exists and `force` is not set; then nothing is written */
export async function initTarget(options: InitOptions): Promise<InitResult> {
  const { wasm, did, out, force } = options;
  const source = did ?? wasm;
  if (source === undefined)
    throw new InputError('init requires --wasm or --did: the canister, or its interface');
  const candid = did === undefined ? candidOfModule(source) : readCandidFile(did);
  const parsed = await parseCandid(candid, source);
  const proposal = propose(parsed);
  const name = options.name ?? nameOf(source);
  const label = basename(source);
  const files = {
    [`${name}.idl.ts`]: renderIdl(parsed, label),
    [`${name}.target.ts`]: renderTarget(proposal, name, label),
    [CONFIG]: renderConfig(wasm === undefined ? undefined : fromFolder(out, wasm), `./${name}.target.ts`),
  };
  const folder = createWritableFolder(out);
  if (!force) checkNew(folder, Object.keys(files));
  return { proposal, written: await writeAll(folder, files) };
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

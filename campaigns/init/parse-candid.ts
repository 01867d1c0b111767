/** Parses a Candid interface with DFINITY's parser, and keeps the names of arguments beside the types. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { IDL } from '@icp-sdk/core/candid';
import { generate } from '@icp-sdk/bindgen/core';
import { InputError } from '../../harness/input-error.js';
import { argumentNames } from './argument-names.js';

export interface Argument {
  readonly name: string | undefined;
  readonly type: IDL.Type;
}

export interface Method {
  readonly name: string;
  readonly kind: 'update' | 'query';
  readonly args: readonly Argument[];
  readonly replies: readonly IDL.Type[];
}

export interface CandidInterface {
  readonly methods: readonly Method[];
  readonly init: readonly IDL.Type[];
  /** The interface as a JavaScript module that exports `idlFactory` and `init`. */
  readonly declarations: string;
}

interface Declarations {
  readonly idlFactory: (library: { readonly IDL: typeof IDL }) => IDL.ServiceClass;
  readonly init?: (library: { readonly IDL: typeof IDL }) => readonly IDL.Type[];
}

/**
 * @param from the name of the file in errors
 * @throws InputError if the text is not a Candid interface
 */
export async function parseCandid(candid: string, from: string): Promise<CandidInterface> {
  const declarations = await declarationsOf(candid, from);
  const { idlFactory, init } = await importText(declarations);
  const names = argumentNames(candid);
  const methods = idlFactory({ IDL })._fields.map(([name, { argTypes, retTypes, annotations }]): Method => {
    const own = names.get(name) ?? [];
    const isQuery = annotations.includes('query') || annotations.includes('composite_query');
    return {
      name,
      kind: isQuery ? 'query' : 'update',
      args: argTypes.map((type, place) => ({ name: own[place], type })),
      replies: retTypes,
    };
  });
  return { methods, init: init?.({ IDL }) ?? [], declarations };
}

/** The parser reads and writes files. */
async function declarationsOf(candid: string, from: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'upload-stress-init-'));
  try {
    const didFile = join(folder, 'interface.did');
    writeFileSync(didFile, candid);
    await generate({
      didFile,
      outDir: folder,
      output: { actor: { disabled: true }, declarations: { flat: true } },
    });
    const module = readFileSync(join(folder, 'interface.did.js'), 'utf8');
    // Before it are comments, and an import of a package that is not needed for the factory.
    return module.slice(module.indexOf('export const idlFactory'));
  } catch (error) {
    throw new InputError(`interface ${from}: it is not a Candid service: ${reasonIn(error)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function reasonIn(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().replace(/\s*\n\s*/g, ' ');
}

async function importText(module: string): Promise<Declarations> {
  const folder = mkdtempSync(join(tmpdir(), 'upload-stress-init-'));
  try {
    const file = join(folder, 'interface.mjs');
    writeFileSync(file, module);
    return (await import(pathToFileURL(file).href)) as Declarations;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

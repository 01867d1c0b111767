/**
 * Entry of the command `doctor`: what this machine offers, and what `run` would use.
 *
 * - `engine-check.ts`: an upload on the embedded engine.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeEnvironment, type Environment } from '../../replicas/pocketic/environment.js';
import { BUILT_IN_WASM, knownFaults } from '../subject/subject.js';
import { checkEngine, type EngineCheck } from './engine-check.js';

export interface Diagnosis {
  readonly environment: Environment;
  readonly engine: EngineCheck;
  readonly canister: CanisterCheck;
  /** Number of seeded faults. */
  readonly faults: number;
  /** What `run` uses with `--replica auto`. */
  readonly auto: { readonly explores: 'embedded'; readonly confirmsOn: string | null };
}

/** The reference canister of this package. */
interface CanisterCheck {
  readonly file: string;
  readonly sha256: string;
  readonly matchesManifest: boolean;
}

export async function diagnose(): Promise<Diagnosis> {
  const environment = await describeEnvironment();
  const { found } = environment.pocketic;
  return {
    environment,
    engine: await checkEngine(),
    canister: checkCanister(),
    faults: knownFaults().length,
    auto: { explores: 'embedded', confirmsOn: found === undefined ? null : `pocketic ${found.version}` },
  };
}

/** The PocketIC server is optional. */
export function isHealthy({ environment, engine, canister }: Diagnosis): boolean {
  return environment.node.ok && engine.ok && canister.matchesManifest;
}

function checkCanister(): CanisterCheck {
  const sha256 = createHash('sha256').update(readFileSync(BUILT_IN_WASM)).digest('hex');
  const manifest = JSON.parse(readFileSync(resolve(BUILT_IN_WASM, '..', 'manifest.json'), 'utf8')) as {
    readonly wasms: readonly { readonly file: string; readonly sha256: string }[];
  };
  const entry = manifest.wasms.find(({ file }) => file.endsWith('upload.wasm'));
  return { file: BUILT_IN_WASM, sha256, matchesManifest: entry?.sha256 === sha256 };
}

/** `upload-stress doctor`: what this machine has, and what would run. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { describeEnvironment, type Environment } from '../../replicas/pocketic/environment.js';
import { EXIT } from '../../campaigns/exit-codes.js';
import { BUILT_IN_WASM, knownFaults } from '../../campaigns/subject/subject.js';
import { createEngineCheck, type EngineCheck } from '../engine-check.js';
import { CONFORMANCE, type Conformance } from '../../conformance/conformance.js';
import type { CommandContext } from '../context.js';

interface WasmCheck {
  readonly file: string;
  readonly sha256: string;
  readonly matchesManifest: boolean;
}

export interface DoctorReport {
  readonly version: string;
  readonly environment: Environment;
  readonly engine: EngineCheck;
  /** Recorded steps of a PocketIC server that the engine answers alike. */
  readonly conformance: Conformance;
  readonly canister: WasmCheck;
  readonly faults: number;
  /** What `run` does with `--replica auto`. */
  readonly auto: { readonly explores: 'embedded'; readonly confirmsOn: string | null };
}

export function addDoctorCommand(program: Command, { version }: CommandContext): void {
  program
    .command('doctor')
    .description('say what was found on this machine and what would run')
    .option('--json', 'one JSON document on stdout')
    .action(async (options: { json?: boolean }) => {
      const report = await examine(version);
      process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : render(report));
      if (!isHealthy(report)) process.exitCode = EXIT.couldNotRun;
    });
}

async function examine(version: string): Promise<DoctorReport> {
  const environment = await describeEnvironment();
  const { found } = environment.pocketic;
  return {
    version,
    environment,
    engine: await createEngineCheck(),
    conformance: CONFORMANCE,
    canister: checkWasm(),
    faults: knownFaults().length,
    auto: { explores: 'embedded', confirmsOn: found === undefined ? null : `pocketic ${found.version}` },
  };
}

function checkWasm(): WasmCheck {
  const sha256 = createHash('sha256').update(readFileSync(BUILT_IN_WASM)).digest('hex');
  const manifest = JSON.parse(readFileSync(resolve(BUILT_IN_WASM, '..', 'manifest.json'), 'utf8')) as {
    wasms: readonly { file: string; sha256: string }[];
  };
  const entry = manifest.wasms.find(({ file }) => file.endsWith('upload.wasm'));
  return { file: BUILT_IN_WASM, sha256, matchesManifest: entry?.sha256 === sha256 };
}

function isHealthy({ environment, engine, canister }: DoctorReport): boolean {
  return environment.node.ok && engine.ok && canister.matchesManifest;
}

function render({ version, environment, engine, conformance, canister, faults, auto }: DoctorReport): string {
  const { node, platform, pocketic } = environment;
  const mark = (ok: boolean) => (ok ? 'ok  ' : 'FAIL');
  const lines = [
    `upload-stress ${version} on ${platform.os} ${platform.arch}`,
    `${mark(node.ok)}  Node ${node.version} (needs ${node.needed})`,
    `${mark(engine.ok)}  embedded engine ${engine.version}: ${engine.detail}`,
    `      it meets ${conformance.met} of the ${conformance.steps} golden steps of PocketIC 10.0.0, ${conformance.expectedFailures} expected failures (docs/FIDELITY.md)`,
    `${mark(canister.matchesManifest)}  upload canister ${canister.sha256.slice(0, 12)}${canister.matchesManifest ? ', as its manifest says' : ' differs from its manifest: run "npm run canister:build", or restore the file'}, ${faults} seeded faults`,
    ...(pocketic.found === undefined
      ? ['--    PocketIC server: not found (it is not needed; "npm run pocketic:install" fetches it)']
      : [
          `ok    PocketIC server ${pocketic.found.version} at ${pocketic.found.path} (${pocketic.found.source})`,
        ]),
    ...pocketic.rejected.map(
      ({ source, path, reason }) =>
        `        looked at ${source}${path === undefined ? '' : ` ${path}`}: ${reason}`,
    ),
    '',
    `--replica auto explores on the embedded engine and ${
      auto.confirmsOn === null
        ? 'confirms nothing, because no PocketIC server was found.'
        : `confirms counterexamples and a sample of valid schedules on ${auto.confirmsOn}.`
    }`,
  ];
  return `${lines.join('\n')}\n`;
}

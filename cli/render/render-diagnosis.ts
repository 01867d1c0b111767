/** The result of `doctor` as text. */
import type { Diagnosis } from '../../campaigns/doctor/diagnose.js';
import type { Conformance, ExchangeConformance } from '../../conformance/conformance.js';

interface FullDiagnosis extends Diagnosis {
  /** Version of this program. */
  readonly version: string;
  /** The recorded steps of a PocketIC server that the engine reproduces. */
  readonly conformance: Conformance;
  /** The recorded exchanges with a PocketIC server that the engine reproduces. */
  readonly exchanges: ExchangeConformance;
}

export function renderDiagnosis(diagnosis: FullDiagnosis): string {
  const { version, environment, engine, conformance, exchanges, auto } = diagnosis;
  const { node, platform } = environment;
  const lines = [
    `upload-stress ${version} on ${platform.os} ${platform.arch}`,
    `${mark(node.ok)}  Node ${node.version} (required: ${node.needed})`,
    `${mark(engine.ok)}  embedded engine ${engine.version}: ${engine.detail}`,
    `      reproduces ${conformance.met} of ${conformance.steps} recorded steps of PocketIC 10.0.0; ${conformance.expectedFailures} known differences (docs/FIDELITY.md)`,
    `      answers ${exchanges.met} of ${exchanges.exchanges} recorded requests as PocketIC does; ${exchanges.expectedDifferences} known differences (docs/FIDELITY.md)`,
    canisterLine(diagnosis),
    ...pocketIcLines(environment.pocketic),
    '',
    auto.confirmsOn === null
      ? '--replica auto explores on the embedded engine and confirms nothing, because no PocketIC server was found.'
      : `--replica auto explores on the embedded engine and confirms counterexamples and a sample of valid schedules on ${auto.confirmsOn}.`,
  ];
  return `${lines.join('\n')}\n`;
}

function mark(isOk: boolean): string {
  return isOk ? 'ok  ' : 'FAIL';
}

function canisterLine({ canister, faults }: Diagnosis): string {
  const { sha256, matchesManifest } = canister;
  const state = matchesManifest
    ? 'matches its manifest'
    : 'differs from its manifest; install this package again (in a clone: npm run canister:build)';
  return `${mark(matchesManifest)}  reference canister ${sha256.slice(0, 12)} ${state}; ${faults} seeded faults`;
}

function pocketIcLines({ found, rejected }: Diagnosis['environment']['pocketic']): string[] {
  const searched = rejected.map(
    ({ source, path, reason }) =>
      `        searched ${source}${path === undefined ? '' : ` ${path}`}: ${reason}`,
  );
  if (found !== undefined)
    return [`ok    PocketIC server ${found.version} at ${found.path} (${found.source})`, ...searched];
  return [
    '--    PocketIC server not found (optional; "npm install --save-dev @dfinity/pic" installs one, or set POCKET_IC_BIN)',
    ...searched,
  ];
}

/** Takes the options that the user has not given from the project's configuration. */
import { relative } from 'node:path';
import type { Command } from 'commander';
import {
  findConfig,
  loadConfig,
  pathFrom,
  type LoadedConfig,
  type UploadStressConfig,
} from '../../campaigns/config/config.js';

/** The commands that test a canister, or read its interface. The others need nothing of the configuration. */
const COMMANDS: ReadonlySet<string> = new Set([
  'run',
  'replay',
  'gate',
  'mutants',
  'mutate',
  'bench',
  'diff',
  'probe',
  'explore',
  'init',
  'findings',
  'campaign start',
  'campaign report',
]);

/** @throws InputError if there is a configuration and it has mistakes */
export async function applyConfig(command: Command, folder = process.cwd()): Promise<void> {
  const name = nameOf(command);
  if (!COMMANDS.has(name)) return;
  const file = findConfig(folder);
  if (file === undefined) return;
  const given = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  // A service has no module, and `mutants --list` and other subjects of the user come first.
  if (given('target') && /^https?:/.test(String(command.getOptionValue('target')))) return;
  const known = new Set(command.options.map((option) => option.attributeName()));
  const loaded = await loadConfig(file);
  if (name === 'init') {
    // The options of the user are about another canister.
    if (!given('wasm') && !given('did')) applySources(command, loaded);
    return;
  }
  const values = valuesOf(loaded, name, given('wasm'));
  for (const [option, value] of Object.entries(values)) {
    const isHidden = option === 'faultsWasm';
    if (value !== undefined && !given(option) && (isHidden || known.has(option)))
      command.setOptionValueWithSource(option, value, 'config');
  }
}

/** `findings` for each of its subcommands, and for example `campaign start`. */
function nameOf(command: Command): string {
  const parent = command.parent?.name();
  if (parent === 'findings') return parent;
  return parent === 'campaign' ? `${parent} ${command.name()}` : command.name();
}

/** The module and the interface of the canister, for `init`. */
function applySources(command: Command, loaded: LoadedConfig): void {
  for (const name of ['wasm', 'did'] as const) {
    const path = loaded.config[name];
    if (path === undefined) continue;
    command.setOptionValueWithSource(name, [relative(process.cwd(), pathFrom(loaded, path))], 'config');
  }
}

/** The options of a command that a configuration states, by attribute name. */
function valuesOf(
  loaded: LoadedConfig,
  command: string,
  isOtherModule: boolean,
): Readonly<Record<string, string | number | boolean | undefined>> {
  const { wasm, sourceMap, faultsWasm, target, canisters, profile, accepted, store, guided, messageTimeMs } =
    loaded.config;
  const shown = (path: string | URL | undefined): string | undefined =>
    path === undefined ? undefined : relative(process.cwd(), pathFrom(loaded, path));
  // The configuration itself stands for a target that is not a module of its own.
  const isInline = typeof target === 'object' || canisters !== undefined;
  const module = isInline ? shown(loaded.file) : shown(target);
  const common = {
    target: module,
    profile,
    accept: shown(accepted),
    store: store === false ? store : shown(store),
    guided,
    messageTime: messageTimeMs,
  };
  if (command !== 'mutants')
    return {
      ...common,
      ...(command === 'gate' && gateValues(loaded.config, shown)),
      wasm: shown(wasm),
      sourceMap: isOtherModule ? undefined : shown(sourceMap),
      faultsWasm: isOtherModule ? undefined : shown(faultsWasm),
    };
  // Without a build with faults, the reference canister's faults are tried.
  return faultsWasm === undefined
    ? { accept: common.accept }
    : { ...common, wasm: shown(faultsWasm), correctWasm: shown(wasm) };
}

function gateValues(
  { gate: { coverageBaseline, scoreBaseline, ...limits } = {} }: UploadStressConfig,
  shown: (path: string | undefined) => string | undefined,
): Readonly<Record<string, string | number | undefined>> {
  return { ...limits, coverageBaseline: shown(coverageBaseline), scoreBaseline: shown(scoreBaseline) };
}

// Builds a Rust crate to wasm, with rustup's target wasm32-unknown-unknown if that is installed, else with Debian's toolchain
// (rustc-web, cargo-web, rust-web-src, lld-19). The module does not depend on the folders of the machine.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';

const TARGET = 'wasm32-unknown-unknown';

function capture(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** @throws Error with one line that says what to install */
export function findToolchain() {
  const installed = capture('rustup', ['target', 'list', '--installed']);
  if (installed?.split('\n').includes(TARGET)) {
    return { name: 'rustup', cargo: 'cargo', rustc: 'rustc', args: [], env: {}, flags: [] };
  }
  const [cargo, rustc, linker] = ['/usr/bin/cargo', '/usr/bin/rustc', '/usr/bin/wasm-ld-19'];
  const sysroot = existsSync(rustc) ? capture(rustc, ['--print', 'sysroot']) : undefined;
  const hasSource = sysroot !== undefined && existsSync(join(sysroot, 'lib/rustlib/src/rust/library/std/Cargo.toml'));
  if (hasSource && existsSync(cargo) && existsSync(linker)) {
    return {
      name: 'debian',
      cargo,
      rustc,
      args: ['-Zbuild-std=std,panic_abort'],
      env: { RUSTC: rustc, RUSTC_BOOTSTRAP: '1' },
      flags: ['-C', 'linker=wasm-ld-19', `--remap-path-prefix=${sysroot}/lib/rustlib/src=/rustlib`],
    };
  }
  throw new Error(
    `no toolchain for ${TARGET}: run "rustup target add ${TARGET}", or install rustc-web, cargo-web, rust-web-src and lld-19 with apt`,
  );
}

/** Name and versions of the toolchain, for a manifest. */
export function describeToolchain(toolchain) {
  return `${toolchain.name}: ${capture(toolchain.rustc, ['--version'])}, ${capture(toolchain.cargo, ['--version'])}`;
}

/** Folders into which cargo unpacks crates. Their names depend on the registry and must not appear in the wasm. */
function registryDirs(cargoHome) {
  const src = join(cargoHome, 'registry', 'src');
  return existsSync(src) ? readdirSync(src).map((name) => join(src, name)) : [];
}

/**
 * Builds the crate in `dir` and returns the path of its module.
 *
 * @param options.dir folder of Cargo.toml and Cargo.lock
 * @param options.crate name of the module without `.wasm`
 * @param options.features Cargo features
 * @param options.flags further flags for rustc
 * @throws Error with one line if cargo fails; cargo's own output goes to the terminal
 */
export function buildCrate(toolchain, { dir, crate, features = [], flags = [] }) {
  const targetDir = env.CARGO_TARGET_DIR ?? join(dir, 'target');
  const cargoHome = env.CARGO_HOME ?? join(homedir(), '.cargo');
  const cargo = (args, more = {}) =>
    spawnSync(toolchain.cargo, args, { cwd: dir, stdio: 'inherit', env: { ...env, ...toolchain.env, ...more } }).status;
  // `registryDirs` must find the folders also on a machine that has never built anything.
  if (cargo(['fetch', '--locked']) !== 0) throw new Error(`cargo could not download the crates of ${dir}/Cargo.lock`);
  const allFlags = [
    ...toolchain.flags,
    `--remap-path-prefix=${dir.replace(/\/$/, '')}=/canister`,
    `--remap-path-prefix=${targetDir}=/target`,
    `--remap-path-prefix=${cargoHome}=/cargo`,
    ...registryDirs(cargoHome).map((src) => `--remap-path-prefix=${src}=/crates`),
    ...flags,
  ];
  const args = ['build', '--release', '--locked', '--target', TARGET, ...toolchain.args];
  if (features.length > 0) args.push('--features', features.join(','));
  const status = cargo(args, { CARGO_TARGET_DIR: targetDir, CARGO_ENCODED_RUSTFLAGS: allFlags.join('\x1f') });
  if (status !== 0) throw new Error(`the build of ${crate} in ${dir} failed`);
  return join(targetDir, TARGET, 'release', `${crate}.wasm`);
}

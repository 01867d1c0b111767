#!/usr/bin/env node
// Builds the canister's wasm files and their manifest: `node canister/build.mjs [upload] [upload-faults]`.
// It uses rustup's target wasm32-unknown-unknown if that is installed, else Debian's toolchain
// (rustc-web, cargo-web, rust-web-src, lld-19). Exit code 2: there is no toolchain, or the build failed.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { argv, env, exit } from 'node:process';
import { canisterDir, hashSources, sha256Hex } from './sources.mjs';

const TARGET = 'wasm32-unknown-unknown';
const BUILDS = [
  { file: 'upload.wasm', features: [], layoutVersion: 3 },
  { file: 'upload-faults.wasm', features: ['faults'], layoutVersion: 3 },
];
/** Modules of earlier layouts, kept unchanged: tests upgrade from them. */
const FIXTURES = [
  { file: 'upload-layout-v1.wasm', features: ['layout_v1'], layoutVersion: 1 },
  { file: 'upload-layout-v2.wasm', features: [], layoutVersion: 2 },
];
const WASM_BYTES_MAX = 1_900_000; // A module must fit into one install message.

function capture(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function findToolchain() {
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
  return undefined;
}

/** Folders into which cargo unpacks crates. Their names depend on the registry and must not appear in the wasm. */
function registryDirs(cargoHome) {
  const src = join(cargoHome, 'registry', 'src');
  return existsSync(src) ? readdirSync(src).map((name) => join(src, name)) : [];
}

/** Downloads the crates, so that `registryDirs` finds their folders also on a machine that has never built anything. */
function fetchCrates(toolchain) {
  const { status } = spawnSync(toolchain.cargo, ['fetch', '--locked'], {
    cwd: canisterDir,
    stdio: 'inherit',
    env: { ...env, ...toolchain.env },
  });
  if (status !== 0) fail('cargo could not download the crates of Cargo.lock');
}

function build(toolchain, { file, features }) {
  const targetDir = env.CARGO_TARGET_DIR ?? join(canisterDir, 'target');
  const cargoHome = env.CARGO_HOME ?? join(homedir(), '.cargo');
  const flags = [
    ...toolchain.flags,
    `--remap-path-prefix=${canisterDir.replace(/\/$/, '')}=/canister`,
    `--remap-path-prefix=${targetDir}=/target`,
    `--remap-path-prefix=${cargoHome}=/cargo`,
    ...registryDirs(cargoHome).map((dir) => `--remap-path-prefix=${dir}=/crates`),
  ];
  const args = ['build', '--release', '--locked', '--target', TARGET, ...toolchain.args];
  if (features.length > 0) args.push('--features', features.join(','));
  const { status } = spawnSync(toolchain.cargo, args, {
    cwd: canisterDir,
    stdio: 'inherit',
    env: { ...env, ...toolchain.env, CARGO_TARGET_DIR: targetDir, CARGO_ENCODED_RUSTFLAGS: flags.join('\x1f') },
  });
  if (status !== 0) fail(`the build of ${file} failed`);
  mkdirSync(join(canisterDir, 'wasm'), { recursive: true });
  copyFileSync(join(targetDir, TARGET, 'release', 'upload.wasm'), join(canisterDir, 'wasm', file));
}

function fail(line) {
  console.error(line);
  exit(2);
}

function writeManifest(toolchain) {
  const wasms = [...BUILDS, ...FIXTURES].map(({ file, features, layoutVersion }) => {
    const bytes = readFileSync(join(canisterDir, 'wasm', file));
    if (bytes.length > WASM_BYTES_MAX) fail(`${file} has ${bytes.length} bytes; the limit is ${WASM_BYTES_MAX}`);
    return { file, sha256: sha256Hex(bytes), bytes: bytes.length, features, layoutVersion };
  });
  const versions = `${capture(toolchain.rustc, ['--version'])}, ${capture(toolchain.cargo, ['--version'])}`;
  const manifest = { formatVersion: 1, sources: hashSources(), wasms, toolchain: `${toolchain.name}: ${versions}` };
  writeFileSync(join(canisterDir, 'wasm', 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const { file, bytes } of wasms) console.log(`wasm/${file}: ${bytes} bytes`);
}

const toolchain = findToolchain();
if (toolchain === undefined) {
  fail(`no toolchain for ${TARGET}: run "rustup target add ${TARGET}", or install rustc-web, cargo-web, rust-web-src and lld-19 with apt`);
}
const wanted = argv.slice(2);
const unknown = wanted.find((name) => !BUILDS.some(({ file }) => file === `${name}.wasm`));
if (unknown !== undefined) fail(`unknown build ${unknown}: use upload or upload-faults`);
fetchCrates(toolchain);
for (const one of BUILDS) {
  if (wanted.length === 0 || wanted.includes(one.file.replace(/\.wasm$/, ''))) build(toolchain, one);
}
if (wanted.length === 0) writeManifest(toolchain);
else console.log('the manifest was not written: it needs a build of all wasm files');

import { Principal } from '@dfinity/principal';
import { describe, expect, it } from 'vitest';
import {
  createBench,
  FORWARD,
  forwardArg,
  NO_ARG,
  PRELUDE,
  USER,
  type Bench,
} from '../testing/bench-canister.js';
import { compileWat } from '../testing/compile-wat.js';
import { about, manage, NO_SETTINGS, valueOf } from '../testing/manage.js';
import { decodeResult, encodeArgument } from '../management-interface/candid-types.js';

const STRANGER = 'rrkah-fqaaa-aaaaa-aaaaq-cai';

interface Info {
  readonly total_num_changes: bigint;
  readonly recent_changes: readonly {
    readonly timestamp_nanos: bigint;
    readonly canister_version: bigint;
    readonly origin: object;
    readonly details: object;
  }[];
  readonly controllers: readonly Principal[];
}

/** Only canisters may call `canister_info`, so this canister forwards the call. */
const ASKER = `${PRELUDE} ${FORWARD}
  (func (export "canister_update ask") (call $forward (i32.const 0) (i64.const 0) (i32.const 0)))`;

async function infoOf(bench: Bench, asker: string, canister: string, changes: bigint): Promise<Info> {
  const argument = about(canister, { num_requested_changes: [changes] });
  const payload = encodeArgument('canister_info', argument);
  const outcome = await bench.update(asker, 'ask', forwardArg('aaaaa-aa', 'canister_info', payload));
  return decodeResult('canister_info', valueOf(outcome)) as Info;
}

const kindsOf = ({ recent_changes }: Info) => recent_changes.map(({ details }) => Object.keys(details)[0]);

describe('the canister history', () => {
  it('records every change with its origin, its details, and the canister version after it', async () => {
    const bench = createBench();
    const asker = await bench.install(ASKER);
    const canister = await bench.install(PRELUDE);
    const wasm_module = await compileWat(`(module ${PRELUDE})`);
    const code = { wasm_module, arg: NO_ARG };
    await manage(bench, 'install_code', about(canister, { ...code, mode: { upgrade: [] } }));
    const taken = await manage(bench, 'take_canister_snapshot', about(canister, { replace_snapshot: [] }));
    const { id } = decodeResult('take_canister_snapshot', valueOf(taken)) as { id: Uint8Array };
    await manage(bench, 'load_canister_snapshot', about(canister, { snapshot_id: id }));
    await manage(bench, 'uninstall_code', about(canister));
    const controllers = [[Principal.fromText(USER), Principal.fromText(STRANGER)]];
    await manage(bench, 'update_settings', about(canister, { settings: { ...NO_SETTINGS, controllers } }));
    const freezing_threshold = [1n];
    await manage(
      bench,
      'update_settings',
      about(canister, { settings: { ...NO_SETTINGS, freezing_threshold } }),
    );

    const info = await infoOf(bench, asker, canister, 20n);
    expect(info.total_num_changes).toBe(6n);
    expect(kindsOf(info)).toEqual([
      'creation',
      'code_deployment',
      'code_deployment',
      'load_snapshot',
      'code_uninstall',
      'controllers_change',
    ]);
    expect(info.recent_changes.map(({ canister_version }) => canister_version)).toEqual([
      0n,
      1n,
      2n,
      3n,
      4n,
      5n,
    ]);
    expect(info.recent_changes[0]?.origin).toEqual({ from_user: { user_id: Principal.fromText(USER) } });
    expect(info.recent_changes[3]?.details).toMatchObject({
      load_snapshot: { canister_version: 2n, snapshot_id: id },
    });
    expect(kindsOf(await infoOf(bench, asker, canister, 2n))).toEqual([
      'code_uninstall',
      'controllers_change',
    ]);
    expect(kindsOf(await infoOf(bench, asker, canister, 0n))).toEqual([]);
  });

  it('keeps the latest twenty changes, counts all changes, and is part of the memory usage', async () => {
    const bench = createBench();
    const asker = await bench.install(ASKER);
    const canister = await bench.replica.createCanister();
    const sizeOf = async (): Promise<bigint> => {
      const status = await manage(bench, 'canister_status', about(canister));
      const value = decodeResult('canister_status', valueOf(status)) as {
        memory_size: bigint;
        memory_metrics: { canister_history_size: bigint };
      };
      expect(value.memory_size).toBe(value.memory_metrics.canister_history_size);
      return value.memory_size;
    };
    expect(await sizeOf()).toBe(190n);
    const wasm_module = await compileWat('(module)');
    for (let install = 0; install < 25; install++) {
      const code = { wasm_module, arg: NO_ARG, mode: { reinstall: null } };
      await manage(bench, 'install_code', about(canister, code));
    }
    await manage(bench, 'uninstall_code', about(canister));
    const info = await infoOf(bench, asker, canister, 99n);
    expect([info.total_num_changes, info.recent_changes.length]).toEqual([27n, 20]);
    expect(await sizeOf()).toBe(20n * 160n);
  });
});

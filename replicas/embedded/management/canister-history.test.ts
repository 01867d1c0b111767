import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { FORWARD, forwardArg, PRELUDE } from '../testing/module-text.js';
import { createTestDriver, NO_ARG, USER, type TestDriver } from '../testing/test-driver.js';
import { compileWat } from '../testing/compile-wat.js';
import { canisterArgument, callManagement, NO_SETTINGS, replyBytes } from '../testing/management-call.js';
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

async function infoOf(driver: TestDriver, asker: string, canister: string, changes: bigint): Promise<Info> {
  const argument = canisterArgument(canister, { num_requested_changes: [changes] });
  const payload = encodeArgument('canister_info', argument);
  const outcome = await driver.update(asker, 'ask', forwardArg('aaaaa-aa', 'canister_info', payload));
  return decodeResult('canister_info', replyBytes(outcome)) as Info;
}

const kindsOf = ({ recent_changes }: Info) => recent_changes.map(({ details }) => Object.keys(details)[0]);

describe('the canister history', () => {
  it('records every change with its origin, its details, and the canister version after it', async () => {
    const driver = createTestDriver();
    const asker = await driver.install(ASKER);
    const canister = await driver.install(PRELUDE);
    const wasm_module = await compileWat(`(module ${PRELUDE})`);
    const code = { wasm_module, arg: NO_ARG };
    await callManagement(
      driver,
      'install_code',
      canisterArgument(canister, { ...code, mode: { upgrade: [] } }),
    );
    const taken = await callManagement(
      driver,
      'take_canister_snapshot',
      canisterArgument(canister, { replace_snapshot: [] }),
    );
    const { id } = decodeResult('take_canister_snapshot', replyBytes(taken)) as { id: Uint8Array };
    await callManagement(driver, 'load_canister_snapshot', canisterArgument(canister, { snapshot_id: id }));
    await callManagement(driver, 'uninstall_code', canisterArgument(canister));
    const controllers = [[Principal.fromText(USER), Principal.fromText(STRANGER)]];
    await callManagement(
      driver,
      'update_settings',
      canisterArgument(canister, { settings: { ...NO_SETTINGS, controllers } }),
    );
    const freezing_threshold = [1n];
    await callManagement(
      driver,
      'update_settings',
      canisterArgument(canister, { settings: { ...NO_SETTINGS, freezing_threshold } }),
    );

    const info = await infoOf(driver, asker, canister, 20n);
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
    expect(kindsOf(await infoOf(driver, asker, canister, 2n))).toEqual([
      'code_uninstall',
      'controllers_change',
    ]);
    expect(kindsOf(await infoOf(driver, asker, canister, 0n))).toEqual([]);
  });

  it('keeps the latest twenty changes, counts all changes, and is part of the memory usage', async () => {
    const driver = createTestDriver();
    const asker = await driver.install(ASKER);
    const canister = await driver.replica.createCanister();
    const sizeOf = async (): Promise<bigint> => {
      const status = await callManagement(driver, 'canister_status', canisterArgument(canister));
      const value = decodeResult('canister_status', replyBytes(status)) as {
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
      await callManagement(driver, 'install_code', canisterArgument(canister, code));
    }
    await callManagement(driver, 'uninstall_code', canisterArgument(canister));
    const info = await infoOf(driver, asker, canister, 99n);
    expect([info.total_num_changes, info.recent_changes.length]).toEqual([27n, 20]);
    expect(await sizeOf()).toBe(20n * 160n);
  });
});

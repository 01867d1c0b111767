import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { answerBytes, ask, ASKING } from '../testing/asking-canister.js';
import { canisterArgument, callManagement, NO_SETTINGS } from '../testing/management-call.js';
import { createTestDriver, USER } from '../testing/test-driver.js';
import { changedSettings, settingsToCandid } from './settings.js';
import { defaultSettings } from '../state/canister.js';

const OTHER = 'rrkah-fqaaa-aaaaa-aaaaq-cai';

describe('the settings of a canister', () => {
  it.each([
    ['compute_allocation', 101n, 'ComputeAllocation expected to be in the range [0..100], got 101'],
    ['freezing_threshold', 2n ** 64n, 'in the range of [0..2^64-1], got 18_446_744_073_709_551_616'],
    ['reserved_cycles_limit', 2n ** 128n, 'got 340_282_366_920_938_463_463_374_607_431_768_211_456'],
  ])('have a limited range of %s', (field, value, text) => {
    const changed = changedSettings(defaultSettings([USER]), { ...NO_SETTINGS, [field]: [value] } as never);
    expect(changed).toMatchObject({ text: expect.stringContaining(text) as string });
  });

  it('that are left out keep their values', () => {
    const settings = defaultSettings([USER]);
    expect(changedSettings(settings, NO_SETTINGS as never)).toEqual(settings);
  });

  it('list the controllers once, the shorter principals first', () => {
    const controllers = [[USER, OTHER, USER].map((text) => Principal.fromText(text))];
    const changed = changedSettings(defaultSettings([USER]), { ...NO_SETTINGS, controllers } as never);
    if ('code' in changed) throw new Error(changed.text);
    expect(settingsToCandid(changed).controllers.map(String)).toEqual([USER, OTHER]);
  });

  it('are checked before the canister and its controllers', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(ASKING);
    const settings = { ...NO_SETTINGS, compute_allocation: [101n] };
    const argument = (id: string) => canisterArgument(id, { settings });
    const text = 'ComputeAllocation expected to be in the range [0..100], got 101';
    // The asking canister does not control the other one.
    const other = await driver.replica.createCanister();
    expect(await ask(driver, canister, 'update_settings', argument(other))).toMatchObject({ text });
    expect(await callManagement(driver, 'update_settings', argument(canister), USER)).toMatchObject({ text });
  });

  it('are closed to a canister that is not a controller', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(ASKING);
    const settings = { ...NO_SETTINGS, controllers: [[Principal.fromText(canister)]] };
    const argument = canisterArgument(canister, { settings });
    expect(await ask(driver, canister, 'update_settings', argument)).toMatchObject({ code: 5 });
    await callManagement(driver, 'update_settings', argument);
    answerBytes(await ask(driver, canister, 'update_settings', argument));
  });
});

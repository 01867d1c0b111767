import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { decodeResult } from '../management-interface/candid-types.js';
import { bytesToPrincipal } from '../principals.js';
import { defaultSubnet } from '../subnet-options.js';
import { answerBytes, ask, ASKING } from '../testing/asking-canister.js';
import { canisterArgument } from '../testing/management-call.js';
import { createTestDriver } from '../testing/test-driver.js';

const DAY_NS = 86_400_000_000_000n;
const SUBNET = Principal.fromText(bytesToPrincipal(defaultSubnet().id));
const NODES = [1, 2].map((byte) => bytesToPrincipal(Uint8Array.of(byte))) as [string, string];

describe('the methods about the subnet', () => {
  it('count the blocks of each node and day', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(ASKING);
    const { engine } = driver.replica;
    const makers = new Map([[SUBNET.toText(), { maker: NODES[0], failed: [NODES[1]] }]]);
    engine.setTime(engine.timeNs + DAY_NS);
    for (let round = 0; round < 3; round++) engine.round(makers);
    engine.setTime(engine.timeNs + DAY_NS);
    engine.round();
    const argument = { subnet_id: SUBNET, start_at_timestamp_nanos: engine.timeNs - DAY_NS - 1n };
    const bytes = answerBytes(await ask(driver, canister, 'node_metrics_history', argument));
    const [day, ...others] = decodeResult('node_metrics_history', bytes) as { node_metrics: object[] }[];
    expect(others).toEqual([]);
    expect(day?.node_metrics).toEqual(
      expect.arrayContaining([
        {
          node_id: Principal.fromText(NODES[0]),
          num_blocks_proposed_total: 3n,
          num_block_failures_total: 0n,
        },
        {
          node_id: Principal.fromText(NODES[1]),
          num_blocks_proposed_total: 0n,
          num_block_failures_total: 3n,
        },
      ]),
    );
  });

  it('know the version of the network', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(ASKING);
    const bytes = answerBytes(await ask(driver, canister, 'subnet_info', { subnet_id: SUBNET }));
    expect(decodeResult('subnet_info', bytes)).toEqual({ replica_version: '0.9.0', registry_version: 1n });
  });

  it('do not reach a principal that is no subnet', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(ASKING);
    const subnet = Principal.fromText(NODES[0]);
    expect(await ask(driver, canister, 'subnet_info', { subnet_id: subnet })).toEqual({
      code: 3,
      text: `No route to canister ${subnet.toText()}`,
    });
  });

  it('do not show logs to canisters', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(ASKING);
    const answer = await ask(driver, canister, 'fetch_canister_logs', canisterArgument(canister));
    expect(answer).toMatchObject({ code: 4, text: expect.stringContaining('non-replicated mode') as string });
  });
});

/** Requests of clients of servers 11 to 16 are served, or refused with a reason. */
import type { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { forwardArg } from '../../replicas/embedded/testing/module-text.js';
import { subnetNodes } from './subnet-nodes.js';
import { callBody, createInstance, message, SUBNET_BASE64 } from './testing/instance.js';
import { install, NEW, rejectOf, setUp, update } from './testing/pic-network.js';
import { Topology } from './topology.js';

const base64 = (id: Principal): string => Buffer.from(id.toUint8Array()).toString('base64');

function nodeIds(): readonly string[] {
  const [subnet] = new Topology([
    { kind: 'Application', instructionConfig: 'Production', costSchedule: 'normal' },
  ]).subnets;
  return subnetNodes(subnet!).map(({ id }) => Buffer.from(id).toString('base64'));
}

describe('a request of a later client', () => {
  it('names the makers of a block without a record around them', async () => {
    const send = await createInstance();
    const [first = '', second = ''] = nodeIds();
    const tick = (failed: string) =>
      send(
        'POST',
        '/instances/0/update/tick',
        JSON.stringify({
          blockmakers: [
            {
              subnet: { subnet_id: SUBNET_BASE64 },
              blockmaker: { node_id: first },
              failed_blockmakers: [{ node_id: failed }],
            },
          ],
        }),
      );
    expect(await tick(second)).toMatchObject({ status: 200, text: 'null' });
    expect((await tick(first)).text).toMatch(/BlockmakerContainedInFailed/);
    expect((await tick('BA==')).text).toMatch(/BlockmakerNotFound/);
  });

  it('is refused if it has sender info, which canisters of this server cannot read', async () => {
    const send = await createInstance();
    const body = callBody({ sender_info: { info: 'AAAA', signer: 'AAAA' } });
    for (const path of ['read/query', 'update/submit_ingress_message']) {
      expect(await send('POST', `/instances/0/${path}`, body)).toMatchObject({
        status: 400,
        text: message('this server does not support sender_info'),
      });
    }
    expect((await send('POST', '/instances/0/read/query', callBody({ sender_info: null }))).status).toBe(200);
  });

  it.each([
    ['mock_flexible_canister_http', 'flexible HTTP outcalls'],
    ['canister_snapshot_download', 'snapshots in folders'],
    ['canister_snapshot_upload', 'snapshots in folders'],
  ])('to the endpoint %s is refused with a reason', async (name, what) => {
    const send = await createInstance();
    expect(await send('POST', `/instances/0/update/${name}`, '{}')).toMatchObject({
      status: 400,
      text: message(`this server does not support ${what}; use a PocketIC server`),
    });
  });
});

describe('the deletion of a subnet', () => {
  it('leaves its canisters without a route, and the other subnets as they are', async () => {
    const { pic, send } = await setUp({ nns: NEW, application: [NEW, NEW] });
    const [first, second] = await pic.getApplicationSubnets();
    const canisters = [await install(pic, first!.id), await install(pic, second!.id)] as const;
    const remove = (id: Principal) =>
      send('POST', '/instances/0/update/delete_subnet', JSON.stringify({ subnet_id: base64(id) }));
    expect(await remove(first!.id)).toMatchObject({ status: 200, text: 'null' });

    const topology = await pic.getTopology();
    expect(topology.map(({ id }) => id.toText())).not.toContain(first!.id.toText());
    expect(await pic.getCanisterSubnetId(canisters[0])).toBeNull();
    const reply = await update(pic, canisters[1], 'forward', forwardArg(canisters[0].toText(), 'echo'));
    expect(rejectOf(reply)).toEqual({ code: 3, text: `No route to canister ${canisters[0].toText()}` });
    expect(await pic.getCanisterSubnetId(await install(pic))).toEqual(second!.id);
    expect((await remove(first!.id)).text).toMatch(/SubnetNotFound/);
  });

  it.each([
    ['the root subnet', { application: [NEW] }],
    ['subnets of the mainnet', { nns: NEW, fiduciary: NEW, application: [] }],
  ])('is refused for %s', async (_which, subnets) => {
    const { pic, send } = await setUp(subnets);
    for (const { id } of await pic.getTopology()) {
      const body = JSON.stringify({ subnet_id: base64(id) });
      const answer = await send('POST', '/instances/0/update/delete_subnet', body);
      expect(answer.status).toBe(400);
      expect(answer.text).toMatch(/cannot be deleted/);
    }
  });
});

/** Requests of clients of servers 11 to 16 are served, or refused with a reason. */
import { describe, expect, it } from 'vitest';
import { subnetNodes } from './subnet-nodes.js';
import { callBody, createInstance, message, SUBNET_BASE64 } from './testing/instance.js';
import { Topology } from './topology.js';

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
    ['delete_subnet', 'the deletion of subnets'],
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

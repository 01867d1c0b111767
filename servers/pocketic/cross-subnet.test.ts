/** Tests calls between subnets. The clock advances by 1 ns per tick, so it counts the ticks. */
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { decodeResult, encodeArgument } from '../../replicas/embedded/management-interface/candid-types.js';
import { forwardArg } from '../../replicas/embedded/testing/module-text.js';
import { bytes, install, NEW, rejectOf, setUp, to, update } from './testing/pic-network.js';

describe('a call to another subnet', () => {
  const setUpTwo = async () => {
    const { pic, timeNs, send } = await setUp({ nns: NEW, application: [NEW, NEW] });
    const [nns] = [(await pic.getNnsSubnet())!];
    const applications = await pic.getApplicationSubnets();
    const canisters = [await install(pic, nns.id)];
    for (const { id } of applications) canisters.push(await install(pic, id));
    /** Returns the number of ticks of an update. */
    const ticks = async (run: () => Promise<unknown>): Promise<number> => {
      const before = await timeNs();
      await run();
      return Number((await timeNs()) - before);
    };
    return { pic, canisters, ticks, send, subnets: [nns, ...applications] };
  };

  it('returns reply, reject, and trap, in both directions between two subnets', async () => {
    const { pic, canisters } = await setUpTwo();
    for (const caller of canisters) {
      for (const callee of canisters) {
        expect((await update(pic, caller, 'forward', to(callee, 'echo', 'hi'))).toString()).toBe('hi');
        const refused = rejectOf(await update(pic, caller, 'forward', to(callee, 'refuse')));
        expect(refused).toEqual({ code: 4, text: 'not today' });
        const trapped = rejectOf(await update(pic, caller, 'forward', to(callee, 'boom')));
        expect(trapped.code).toBe(5);
        expect(trapped.text).toMatch(
          /^IC0503: Error from Canister .*: Canister called `ic0\.trap`.*not today/,
        );
        const missing = rejectOf(await update(pic, caller, 'forward', to(callee, 'nothing')));
        expect(missing).toMatchObject({ code: 5, text: expect.stringContaining('IC0536') as string });
      }
    }
  });

  it('takes one more tick in each direction than a call on the same subnet', async () => {
    const { pic, canisters, ticks } = await setUpTwo();
    for (const caller of canisters) {
      for (const callee of canisters) {
        const taken = await ticks(() => update(pic, caller, 'forward', to(callee, 'echo')));
        expect(taken).toBe(caller === callee ? 1 : 2);
      }
    }
  });

  it('returns a reject if the canister or its subnet does not exist', async () => {
    const { pic, canisters, ticks, subnets } = await setUpTwo();
    const [caller] = canisters;
    const absent = await pic.createCanister({ targetSubnetId: subnets[1]!.id });
    await pic.stopCanister({ canisterId: absent });
    const ask = async (callee: Principal) => {
      let reject;
      const taken = await ticks(async () => {
        reject = rejectOf(await update(pic, caller!, 'forward', to(callee, 'echo')));
      });
      return [taken, reject];
    };
    expect(await ask(absent)).toEqual([2, { code: 5, text: `Canister ${absent.toText()} is stopped` }]);
    const next = Principal.fromHex('FFFFFFFFFFD000FF0101');
    expect(await ask(next)).toEqual([2, { code: 3, text: `Canister ${next.toText()} not found` }]);
    const nowhere = Principal.fromText('mf7xa-laaaa-aaaar-qaaaa-cai');
    expect(await ask(nowhere)).toEqual([2, { code: 3, text: `No route to canister ${nowhere.toText()}` }]);
  });

  it('is accepted with 2 MiB and rejected with one byte more', async () => {
    const { pic, canisters } = await setUpTwo();
    const [caller, callee] = canisters as [Principal, Principal];
    const flood = (target: Principal, less: number) =>
      update(pic, caller, 'flood', Uint8Array.from([...target.toUint8Array(), less]));
    expect((await flood(callee, 4)).length).toBe(2_097_148);
    expect(rejectOf(await flood(callee, 3))).toEqual({
      code: 5,
      text: `Canister ${caller.toText()} violated contract: attempted to send a message of size 2097153 exceeding the limit 2097152`,
    });
    expect((await flood(caller, 0)).length).toBe(2_097_152);
  });

  it('transfers cycles and refunds those that are not accepted', async () => {
    const { pic, canisters } = await setUpTwo();
    const [nns, application] = canisters as [Principal, Principal];
    const before = [await pic.getCyclesBalance(nns), await pic.getCyclesBalance(application)];
    await update(pic, nns, 'pay', to(application, 'take'));
    expect(before[0]! - (await pic.getCyclesBalance(nns))).toBe(500_000_000n);
    expect(await pic.getCyclesBalance(application)).toBeGreaterThan(before[1]!);
  });

  it('with best-effort responses fails at its deadline, and the late answer is dropped', async () => {
    const { pic, canisters, send } = await setUpTwo();
    const [caller, callee] = canisters as [Principal, Principal];
    expect((await update(pic, caller, 'hurry', to(callee, 'echo', 'soon'))).toString()).toBe('soon');
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    const post = async (endpoint: string, body: object) =>
      JSON.parse((await send('POST', `/instances/0/${endpoint}`, JSON.stringify(body))).text) as {
        Ok: never;
      };
    for (const [from, into] of [
      [caller, callee],
      [callee, caller],
    ] as const) {
      const { Ok: id } = await post('update/submit_ingress_message', {
        sender: 'BA==',
        canister_id: base64(from.toUint8Array()),
        method: 'hurry',
        payload: base64(to(into, 'echo', 'late')),
        effective_principal: 'None',
      });
      await pic.tick();
      await pic.advanceTime(11_000);
      await pic.tick();
      const answer = await post('read/ingress_status', { raw_message_id: id });
      const reject = rejectOf(Buffer.from(answer.Ok, 'base64'));
      expect(reject).toEqual({ code: 6, text: 'Call deadline has expired.' });
      await pic.tick(2);
      expect(await post('read/ingress_status', { raw_message_id: id })).toEqual(answer);
    }
  });

  it('to the id of a subnet reaches its management canister, but only from the root subnet', async () => {
    const { pic, canisters, subnets } = await setUpTwo();
    const arg = encodeArgument('raw_rand', undefined);
    const ask = (caller: Principal, subnet: Principal) =>
      update(pic, caller, 'forward_to_subnet', forwardArg(subnet.toText(), 'raw_rand', arg));
    const [nns, application] = canisters as [Principal, Principal];
    const random = await ask(nns, subnets[1]!.id);
    expect((decodeResult('raw_rand', bytes(random)) as Uint8Array).length).toBe(32);
    expect((await ask(nns, subnets[2]!.id)).equals(random)).toBe(false);
    expect(rejectOf(await ask(application, subnets[2]!.id))).toEqual({
      code: 3,
      text: `Unable to route management canister request raw_rand: AlreadyResolved(${subnets[2]!.id.toText()})`,
    });
  });

  it('about a canister of another subnet reaches the management canister there', async () => {
    const { pic, canisters, ticks } = await setUpTwo();
    const [caller, callee] = canisters as [Principal, Principal];
    await pic.updateCanisterSettings({ canisterId: callee, controllers: [caller] });
    const arg = forwardArg(
      'aaaaa-aa',
      'canister_status',
      encodeArgument('canister_status', { canister_id: callee }),
    );
    let status: unknown;
    const taken = await ticks(async () => {
      status = decodeResult(
        'canister_status',
        bytes(await update(pic, caller, 'forward_to_management', arg)),
      );
    });
    expect(status).toMatchObject({ status: { running: null } });
    expect(taken).toBe(2);
  });

  it('is rejected within a composite query', async () => {
    const { pic, canisters } = await setUpTwo();
    const ask = async (callee: Principal) =>
      Buffer.from(
        await pic.queryCall({
          canisterId: canisters[0]!,
          method: 'ask',
          arg: to(callee, 'hello'),
        }),
      );
    expect((await ask(canisters[0]!)).toString()).toBe('not');
    expect(rejectOf(await ask(canisters[1]!))).toEqual({
      code: 3,
      text: `Canister ${canisters[1]!.toText()} not found`,
    });
  });
});

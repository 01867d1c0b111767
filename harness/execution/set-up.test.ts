/** Set-up calls and permissions, on the asset canister: only its controller may grant the permission to upload. */
import { readFileSync } from 'node:fs';
import { IDL } from '@icp-sdk/core/candid';
import { describe, expect, it } from 'vitest';
import assetCanister from '../../examples/asset-canister/target.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import type { Target } from '../../targets/target.js';
import { begin, call, schedule } from '../testing/schedules.js';
import { ScheduleRunner } from './schedule-runner.js';
import { expectSuccess } from './set-up.js';

const path = new URL('../../examples/asset-canister/wasm/asset-canister.wasm.gz', import.meta.url);
const wasm = Uint8Array.from(readFileSync(path));
const steps = [call(begin('A'))];

async function resultOfBegin(target: Target) {
  const runner = new ScheduleRunner({ replica: createEmbeddedReplica(), target, wasm });
  const { events } = await runner.run(schedule(steps));
  return events.flatMap((event) => ('result' in event ? [event.result] : []))[0];
}

describe('set-up of a canister', () => {
  it('grants every caller the permission to upload, and a begin succeeds', async () => {
    expect(await resultOfBegin(assetCanister)).toMatchObject({ kind: 'begun' });
  });

  it('leaves a begin rejected if the target grants nothing', async () => {
    const { grantCaller: _, ...target } = assetCanister;
    expect(await resultOfBegin(target)).toMatchObject({ kind: 'rejected', errorCode: 'IC0406' });
  });

  it('calls the methods of setUp as the controller, and names the one that is rejected', async () => {
    const none = Uint8Array.from(IDL.encode([], []));
    const setUpOf = (method: string): Target => ({
      ...assetCanister,
      setUp: () => [{ kind: 'update', method, arg: none }],
    });
    expect(await resultOfBegin(setUpOf('take_ownership'))).toMatchObject({ kind: 'begun' });
    await expect(resultOfBegin(setUpOf('no_such_method'))).rejects.toThrow(
      "the target's set-up call no_such_method was rejected: IC0536",
    );
  });

  it('fails if a reply is an error variant', () => {
    const Answer = IDL.Variant({ Ok: IDL.Null, Err: IDL.Text });
    const answer = (value: object) => ({
      kind: 'reply' as const,
      bytes: Uint8Array.from(IDL.encode([Answer], [value])),
    });
    const asked = { kind: 'update', method: 'grant', arg: new Uint8Array(0) } as const;
    expect(() => expectSuccess(asked, answer({ Ok: null }))).not.toThrow();
    expect(() => expectSuccess(asked, answer({ Err: 'full' }))).toThrow(
      "the target's set-up call grant answered Err",
    );
  });
});

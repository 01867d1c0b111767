import { IDL } from '@icp-sdk/core/candid';
import { describe, expect, it } from 'vitest';
import type { Limits } from '../model/schedule.js';
import { defineTarget } from './define-target.js';
import type { Promises } from './promises.js';

const CONTEXT = { role: 'main', canisters: {}, controller: '', fault: undefined };

/** The limits that `init` receives if a schedule has `limits`. */
function limitsOfInit(limits: Limits, chunkSize: Promises['limits']['chunkSize'], defaultChunkSize?: number) {
  const seen: Limits[] = [];
  const target = defineTarget({
    name: 'x',
    promises: { limits: { chunkSize } },
    ...(defaultChunkSize !== undefined && { defaultChunkSize }),
    idl: () => IDL.Service({}),
    calls: {},
    init: (given) => {
      seen.push(given);
      return [];
    },
  });
  target.encodeInitArg(limits, CONTEXT);
  return seen;
}

describe('the limits that the init argument is made of', () => {
  it('have the size by which files are cut, if the canister learns it on install', () => {
    expect(limitsOfInit({}, 'init')).toEqual([{ chunkSize: 1_900_000 }]);
    expect(limitsOfInit({ bytesMax: 9 }, 'init', 700)).toEqual([{ chunkSize: 700, bytesMax: 9 }]);
  });

  it('are those of the schedule otherwise', () => {
    expect(limitsOfInit({ chunkSize: 32 }, 'init', 700)).toEqual([{ chunkSize: 32 }]);
    expect(limitsOfInit({}, 'client', 700)).toEqual([{}]);
    expect(limitsOfInit({}, 500)).toEqual([{}]);
  });
});

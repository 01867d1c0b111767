/**
 * Who may do what over HTTP, and how much: tokens, rate windows, sizes by type of asset. A pure model of tokens and windows is followed
 * through drawn sequences; the faults build shows that it tells right from wrong.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpCanister, kindOf, type InitFields } from './testing/http-canister.js';

const TTL_SECONDS = 600;
const PER_HOUR = 2;
const TOKENS_MAX = 16;

type Action =
  | { readonly do: 'create' | 'begin' | 'begin-on-foreign'; readonly caller: number; readonly pick: number }
  | { readonly do: 'revoke' | 'look'; readonly caller: number; readonly pick: number }
  | { readonly do: 'advance'; readonly seconds: number };

interface Token {
  readonly owner: number;
  readonly text: string;
  readonly made: number;
  isRevoked: boolean;
}

/** What the specification says of tokens and windows: seconds and lists, nothing else. */
class AccessModel {
  now = 0;
  readonly tokens: Token[] = [];
  readonly windows = new Map<number, { start: number; count: number }>();

  isValid({ owner, made, isRevoked }: Token, at: Token): boolean {
    const later = this.tokens.filter(
      (one) => one.owner === owner && this.tokens.indexOf(one) > this.tokens.indexOf(at),
    );
    const live = later.filter((one) => !one.isRevoked && this.now < one.made + TTL_SECONDS);
    return !isRevoked && this.now < made + TTL_SECONDS && live.length < TOKENS_MAX;
  }

  /** Counts an upload, or says after how many seconds one may be begun. */
  begin(owner: number): number | undefined {
    const window = this.windows.get(owner);
    if (window === undefined || this.now >= window.start + 3_600) {
      this.windows.set(owner, { start: this.now, count: 1 });
      return undefined;
    }
    if (window.count >= PER_HOUR) return window.start + 3_600 - this.now;
    window.count++;
    return undefined;
  }
}

const caller = fc.nat(1);
const pick = fc.nat(31);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('create' as const, 'begin' as const), caller, pick }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('revoke' as const, 'look' as const), caller, pick }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('begin-on-foreign' as const), caller, pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      seconds: fc.constantFrom(1, 299, 600, 3_000),
    }),
  },
);

const LIMITS: InitFields = {
  http_token_ttl_ns: BigInt(TTL_SECONDS) * 1_000_000_000n,
  http_uploads_per_hour: PER_HOUR,
};

/** What was answered, and what the model says: equal on a canister that is right. */
async function follow(
  actions: readonly Action[],
  fault?: string,
): Promise<[seen: string, expected: string][]> {
  const canister = await HttpCanister.create({ ...LIMITS, ...(fault === undefined ? {} : { fault }) });
  const capsules = [await canister.capsule(0), await canister.capsule(1)];
  const model = new AccessModel();
  const pairs: [string, string][] = [];
  for (const one of actions) {
    if (one.do === 'advance') {
      await canister.advance(one.seconds);
      model.now += one.seconds;
      continue;
    }
    if (one.do === 'create') {
      const text = await canister.token(one.caller);
      model.tokens.push({ owner: one.caller, text, made: model.now, isRevoked: false });
      continue;
    }
    const token = model.tokens[one.pick % Math.max(1, model.tokens.length)];
    if (token === undefined) continue;
    const isValid = model.isValid(token, token);
    if (one.do === 'revoke') {
      const isOwn = isValid && token.owner === one.caller;
      pairs.push([String(await canister.revoke(one.caller, token.text)), String(isOwn)]);
      if (isOwn) token.isRevoked = true;
    } else if (one.do === 'look') {
      const { status } = await canister.send('GET', '/storage/chunked-upload/0', token.text);
      pairs.push([String(status), isValid ? '404' : '401']);
    } else {
      const isForeign = one.do === 'begin-on-foreign';
      const capsule = capsules[isForeign ? 1 - token.owner : token.owner]!;
      const { status, headers } = await canister.begin(token.text, capsule);
      const wait = isValid && !isForeign ? model.begin(token.owner) : undefined;
      const expected = !isValid ? '401' : isForeign ? '403' : wait === undefined ? '201' : `429 ${wait}`;
      const after = headers.get('retry-after');
      pairs.push([after === undefined ? String(status) : `${status} ${after}`, expected]);
    }
  }
  return pairs;
}

describe('tokens and rate windows', () => {
  it('agree with the model in any order of creation, use, revocation, and expiry', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 25 }), async (actions) => {
        for (const [seen, expected] of await follow(actions)) expect(seen).toBe(expected);
      }),
      { numRuns: 25, seed: 4 },
    );
  });

  const made = (who: number): Action => ({ do: 'create', caller: who, pick: 0 });
  const begun = (nth: number): Action => ({ do: 'begin', caller: 0, pick: nth });
  it.each<[string, Action[]]>([
    [
      'http-token-expiry-ignored',
      [made(0), { do: 'advance', seconds: 600 }, { do: 'look', caller: 0, pick: 0 }],
    ],
    ['http-tokens-shared', [made(0), made(1), begun(0)]],
    ['http-rate-limit-shared', [made(0), made(1), begun(0), begun(0), begun(1)]],
  ])('the model sees %s', async (fault, actions) => {
    const wrong = (pairs: [string, string][]) => pairs.filter(([seen, expected]) => seen !== expected);
    expect(wrong(await follow(actions))).toEqual([]);
    expect(wrong(await follow(actions, fault))).toHaveLength(1);
  });

  it('invalidate only the first token of an owner who creates a seventeenth', async () => {
    const canister = await HttpCanister.create();
    const other = await canister.token(1);
    const own: string[] = [];
    for (let count = 0; count < 17; count++) own.push(await canister.token(0));
    expect(new Set(own).size).toBe(17);
    const status = async (token?: string) =>
      (await canister.send('GET', '/storage/chunked-upload/0', token)).status;
    expect([await status(own[0]), await status(own[1]), await status(own[16]), await status(other)]).toEqual([
      401, 404, 404, 404,
    ]);
    expect([await status(), await status('x'), await status('f'.repeat(64))]).toEqual([401, 401, 401]);
  });

  it('answer 403 to every request for the session of another owner, and leave it unchanged', async () => {
    const canister = await HttpCanister.create();
    const [owner, stranger] = [await canister.token(0), await canister.token(1)];
    const { json } = await canister.begin(owner, await canister.capsule(0));
    const path = `/storage/chunked-upload/${json['session_id']}`;
    const body = { checksum_sha256: '0'.repeat(64), total_size: 3 };
    for (const [method, url, more] of [
      ['GET', path, {}],
      ['POST', `${path}/chunk?number=1`, { body: 'abc' }],
      ['POST', `${path}/complete`, { body }],
      ['POST', `${path}/cancel`, {}],
      ['POST', `${path}/pause`, {}],
      ['POST', `${path}/resume`, {}],
    ] as const) {
      const answer = await canister.send(method, url, stranger, more);
      expect([url, answer.status, kindOf(answer)]).toEqual([url, 403, 'forbidden']);
    }
    expect((await canister.send('GET', path, owner)).json).toMatchObject({
      status: 'initiated',
      received_bytes: 0,
    });
  });
});

describe('size limits by type of asset', () => {
  const sizes = { original: 1_000n, display: 100n, thumb: 10n, placeholder: 1n };

  it.each(Object.entries(sizes))(
    'accept %s of %i B and answer 413 to one byte more',
    async (asset_type, max) => {
      const canister = await HttpCanister.create({ http_max_bytes: sizes });
      const [token, capsule] = [await canister.token(0), await canister.capsule(0)];
      const begin = (total: bigint) =>
        canister.begin(token, capsule, { asset_type, total_size: Number(total) });
      expect((await begin(max)).status).toBe(201);
      const over = await begin(max + 1n);
      expect([over.status, kindOf(over)]).toEqual([413, 'validation_error']);
    },
  );

  it('detect the fault http-size-limit-ignored', async () => {
    const canister = await HttpCanister.create({ http_max_bytes: sizes, fault: 'http-size-limit-ignored' });
    const token = await canister.token(0);
    const over = await canister.begin(token, await canister.capsule(0), {
      asset_type: 'thumb',
      total_size: 11,
    });
    expect(over.status).toBe(201);
  });
});

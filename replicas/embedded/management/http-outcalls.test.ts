import { Principal } from '@icp-sdk/core/principal';
import { IDL } from '@icp-sdk/core/candid';
import { describe, expect, it } from 'vitest';
import { FORWARD, forwardArg, PRELUDE } from '../testing/module-text.js';
import { createTestDriver, USER, type TestDriver } from '../testing/test-driver.js';
import { replyBytes } from '../testing/management-call.js';
import { decodeResult, encodeArgument, encodeResult } from '../management-interface/candid-types.js';

const CYCLES = 30_000_000_000n;

/** The constant result of the transform function `shout`. The method `ask` forwards a call with enough cycles, `poor` with too few. */
const SHOUTED = { status: 201n, headers: [], body: new TextEncoder().encode('HELLO') };
function escaped(bytes: Uint8Array) {
  return [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
}
const shout = encodeResult('http_request', SHOUTED);
const CALLER = `${PRELUDE} ${FORWARD}
  (data (i32.const 20000) "${escaped(shout)}")
  (func (export "canister_update ask") (call $forward (i32.const 0) (i64.const ${CYCLES}) (i32.const 0)))
  (func (export "canister_update poor") (call $forward (i32.const 0) (i64.const 1) (i32.const 0)))
  (func (export "canister_query shout") (call $append (i32.const 20000) (i32.const ${shout.length})) (call $reply))
  (func (export "canister_query mute") unreachable)`;

function request(canister: string, transform?: string, responseBytesMax?: bigint): Uint8Array {
  return forwardArg(
    'aaaaa-aa',
    'http_request',
    encodeArgument('http_request', {
      url: 'https://example.com/a',
      max_response_bytes: responseBytesMax === undefined ? [] : [responseBytesMax],
      method: { post: null },
      headers: [{ name: 'accept', value: 'text/plain' }],
      body: [new TextEncoder().encode('question')],
      transform:
        transform === undefined
          ? []
          : [{ function: [Principal.fromText(canister), transform], context: new Uint8Array(0) }],
      is_replicated: [],
    }),
  );
}

/** Submits a call and delivers messages until none is left. */
async function start(driver: TestDriver, canister: string, arg: Uint8Array, method = 'ask'): Promise<string> {
  const id = await driver.submit(canister, method, arg);
  await settle(driver);
  return id;
}
async function settle({ replica }: TestDriver): Promise<void> {
  for (let [next] = await replica.deliverable(); next; [next] = await replica.deliverable())
    await replica.deliver(next.id);
}

const ANSWER = {
  kind: 'reply',
  status: 200,
  headers: [{ name: 'x', value: 'y' }],
  body: new TextEncoder().encode('hello'),
} as const;

describe('an HTTP outcall', () => {
  it('waits in the list of outcalls until its answer reaches the caller', async () => {
    const driver = createTestDriver();
    const { engine } = driver.replica;
    const canister = await driver.install(CALLER);
    const id = await start(driver, canister, request(canister));
    for (let round = 0; round < 5; round++) await driver.replica.round();
    expect(await driver.replica.poll(id)).toBeUndefined();
    expect(engine.pendingHttpOutcalls()).toEqual([
      {
        id: 0,
        subnet: engine.subnetOf(canister),
        canister,
        method: 'POST',
        url: 'https://example.com/a',
        headers: [{ name: 'accept', value: 'text/plain' }],
        body: new TextEncoder().encode('question'),
        responseBytesMax: undefined,
        isReplicated: true,
      },
    ]);
    engine.answerHttpOutcall(0, ANSWER);
    expect(engine.pendingHttpOutcalls()).toEqual([]);
    expect(() => engine.answerHttpOutcall(0, ANSWER)).toThrow('no HTTP outcall 0 waits for an answer');
    await settle(driver);
    const response = decodeResult('http_request', replyBytes(await driver.replica.poll(id)));
    expect(response).toEqual({ status: 200n, headers: ANSWER.headers, body: ANSWER.body });
  });

  it('passes its response through the transform function of its canister', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(CALLER);
    const id = await start(driver, canister, request(canister, 'shout'));
    driver.replica.engine.answerHttpOutcall(0, ANSWER);
    await settle(driver);
    expect(decodeResult('http_request', replyBytes(await driver.replica.poll(id)))).toEqual(SHOUTED);
    const failing = await start(driver, canister, request(canister, 'mute'));
    driver.replica.engine.answerHttpOutcall(1, ANSWER);
    await settle(driver);
    expect(replyBytes(await driver.replica.poll(failing))[0]).toBe(5);
  });

  it('fails if it is rejected, is not paid for, or has too large a response', async () => {
    const driver = createTestDriver();
    const { engine } = driver.replica;
    const canister = await driver.install(CALLER);
    const textOf = async (id: string) =>
      Buffer.from(replyBytes(await driver.replica.poll(id))).toString('latin1', 4);
    const rejected = await start(driver, canister, request(canister));
    engine.answerHttpOutcall(0, { kind: 'reject', code: 2, text: 'no route' });
    await settle(driver);
    expect(replyBytes(await driver.replica.poll(rejected))[0]).toBe(2);
    expect(await textOf(rejected)).toBe('no route');
    const poor = await start(driver, canister, request(canister), 'poor');
    expect(await textOf(poor)).toMatch(
      /^http_request request sent with 1 cycles, but [\d_]+ cycles are required\.$/,
    );
    const long = await start(driver, canister, request(canister, 'shout', 4n));
    engine.answerHttpOutcall(1, ANSWER);
    await settle(driver);
    expect(await textOf(long)).toBe('Transformed http response exceeds limit: 4');
  });

  it('returns the response of two thirds of the nodes, and a reject if they disagree', async () => {
    for (const agreeing of [13, 9, 8, 7, 1]) {
      const driver = createTestDriver();
      const { engine } = driver.replica;
      const canister = await driver.install(CALLER);
      const id = await start(driver, canister, request(canister));
      const responses = Array.from({ length: 13 }, (_, node) =>
        node < agreeing ? ANSWER : { ...ANSWER, body: Uint8Array.of(node) },
      );
      engine.mockHttpOutcall(0, responses);
      for (let round = 0; round < 3; round++) engine.round();
      const text = Buffer.from(replyBytes(await driver.replica.poll(id))).toString('latin1');
      if (agreeing >= 9) expect(text).toContain('hello');
      else expect(text).toMatch(/No consensus could be reached.*hashes: \[[0-9a-f]{64}: \d/);
    }
  });

  it('accepts one response for all nodes, or one of each node', async () => {
    const driver = createTestDriver();
    const { engine } = driver.replica;
    const canister = await driver.install(CALLER);
    await start(driver, canister, request(canister));
    expect(() => engine.mockHttpOutcall(0, [ANSWER, ANSWER])).toThrow('13 nodes cannot give 2 responses');
    engine.mockHttpOutcall(0, [ANSWER]);
    expect(() => engine.mockHttpOutcall(0, [ANSWER])).toThrow('no HTTP outcall 0 waits for an answer');
  });

  it('is rejected if it waits longer than a minute', async () => {
    const driver = createTestDriver();
    const { engine } = driver.replica;
    const canister = await driver.install(CALLER);
    const id = await start(driver, canister, request(canister));
    const textOf = (outcome: Awaited<ReturnType<typeof driver.replica.poll>>) =>
      Buffer.from(replyBytes(outcome)).toString('latin1', 4);
    await driver.replica.setTime(engine.timeNs + 60_000_000_000n);
    await settle(driver);
    expect(await driver.replica.poll(id)).toBeUndefined();
    await driver.replica.setTime(engine.timeNs + 1n);
    await settle(driver);
    expect(textOf(await driver.replica.poll(id))).toBe('Canister http request timed out');
  });

  it('is part of a snapshot, and cannot be made by users', async () => {
    const driver = createTestDriver();
    const { engine } = driver.replica;
    const canister = await driver.install(CALLER);
    await start(driver, canister, request(canister));
    const snapshot = engine.snapshot();
    engine.answerHttpOutcall(0, ANSWER);
    engine.restore(snapshot);
    expect(engine.pendingHttpOutcalls()).toHaveLength(1);
    const arg = new Uint8Array(IDL.encode([], []));
    expect(
      await driver.replica.submit({ canister: 'aaaaa-aa', method: 'http_request', arg, caller: USER }),
    ).toMatchObject({ reject: { text: 'ic00 method http_request can not be called via ingress messages' } });
  });
});

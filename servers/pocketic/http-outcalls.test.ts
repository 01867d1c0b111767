/** Lists and answers HTTP outcalls of a canister with the unmodified `@dfinity/pic`. */
import { PocketIc } from '@dfinity/pic';
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { decodeResult, encodeArgument } from '../../replicas/embedded/management-interface/candid-types.js';
import { FORWARD, forwardArg, PRELUDE } from '../../replicas/embedded/testing/module-text.js';
import { compileWat } from '../../replicas/embedded/testing/compile-wat.js';
import { EngineBackend } from './engine-backend.js';
import { sendTo, startServer } from './testing/start-server.js';

const ASKS = `(module ${PRELUDE} ${FORWARD}
  (func (export "canister_update ask") (call $forward (i32.const 0) (i64.const 30000000000) (i32.const 0))))`;
const BODY = new TextEncoder().encode('question');
const REQUEST = forwardArg(
  'aaaaa-aa',
  'http_request',
  encodeArgument('http_request', {
    url: 'https://example.com/a',
    max_response_bytes: [1_000n],
    method: { post: null },
    headers: [{ name: 'accept', value: 'text/plain' }],
    body: [BODY],
    transform: [],
    is_replicated: [],
  }),
);

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

async function setUp() {
  const { url } = await startServer(() => Promise.resolve(new EngineBackend()));
  const pic = await PocketIc.create(url);
  const canister = await pic.createCanister();
  const wasm = await compileWat(ASKS);
  await pic.installCode({ canisterId: canister, wasm });
  const send = sendTo(url);
  const post = async (path: string, body: unknown): Promise<string> =>
    (await send('POST', `/instances/0${path}`, JSON.stringify(body))).text;
  const asked = await post('/update/submit_ingress_message', {
    sender: base64(Principal.anonymous().toUint8Array()),
    canister_id: base64(Principal.fromText(canister.toText()).toUint8Array()),
    method: 'ask',
    payload: base64(REQUEST),
    effective_principal: 'None',
  });
  const { Ok: messageId } = JSON.parse(asked) as { Ok: unknown };
  const outcome = async (): Promise<Uint8Array | undefined> => {
    const text = await post('/read/ingress_status', { raw_message_id: messageId });
    const status = JSON.parse(text) as { Ok: string } | null;
    return status === null ? undefined : new Uint8Array(Buffer.from(status.Ok, 'base64'));
  };
  await pic.tick(2);
  const [outcall] = await pic.getPendingHttpsOutcalls();
  return { pic, outcome, post, outcall: outcall! };
}

function reply(text: string) {
  return {
    type: 'success' as const,
    statusCode: 200,
    headers: [['x', 'y'] as [string, string]],
    body: new TextEncoder().encode(text),
  };
}

describe('an HTTP outcall', () => {
  it('is listed with the fields that the canister set, and waits', async () => {
    const { outcall, outcome, pic } = await setUp();
    expect({ ...outcall, subnetId: outcall.subnetId.toText() }).toMatchObject({
      httpMethod: 'POST',
      url: 'https://example.com/a',
      headers: [['accept', 'text/plain']],
      maxResponseBytes: 1_000,
    });
    expect([...outcall.body]).toEqual([...BODY]);
    await pic.tick(3);
    expect(await outcome()).toBeUndefined();
  });

  it('can be answered once, and the canister receives the response', async () => {
    const { outcall, outcome, pic } = await setUp();
    const { subnetId, requestId } = outcall;
    await pic.mockPendingHttpsOutcall({ subnetId, requestId, response: reply('hello') });
    expect(await pic.getPendingHttpsOutcalls()).toEqual([]);
    await pic.tick(2);
    expect(decodeResult('http_request', (await outcome())!)).toEqual({
      status: 200n,
      headers: [{ name: 'x', value: 'y' }],
      body: new TextEncoder().encode('hello'),
    });
  });

  it('can be rejected', async () => {
    const { outcall, outcome, pic } = await setUp();
    const { subnetId, requestId } = outcall;
    const response = { type: 'reject' as const, statusCode: 2, message: 'no route' };
    await pic.mockPendingHttpsOutcall({ subnetId, requestId, response });
    await pic.tick(2);
    const rejected = (await outcome())!;
    expect(rejected[0]).toBe(2);
    expect(Buffer.from(rejected).toString('latin1', 4)).toBe('no route');
  });

  it('fails if too few of the 13 nodes have the same response', async () => {
    const { outcall, outcome, pic, post } = await setUp();
    const subnet = base64(Principal.fromText(outcall.subnetId.toText()).toUint8Array());
    const reject = (message: string) => ({ CanisterHttpReject: { reject_code: 2, message } });
    const mock = (requestId: number, additional: readonly unknown[]): Promise<string> =>
      post('/update/mock_canister_http', {
        subnet_id: { subnet_id: subnet },
        request_id: requestId,
        response: reject('x'),
        additional_responses: additional,
      });
    const others = Array.from({ length: 12 }, (_, node) => reject(node < 7 ? 'x' : 'y'));
    expect(await mock(77, [])).toMatch(/InvalidCanisterHttpRequestId\(\([-a-z0-9]+, 77\)\)/);
    expect(await mock(outcall.requestId, [reject('x')])).toMatch(
      /InvalidMockCanisterHttpResponses\(\(2, 13\)\)/,
    );
    expect(await mock(outcall.requestId, others)).toBe('null');
    await pic.tick(2);
    const rejected = (await outcome())!;
    expect(rejected[0]).toBe(2);
    expect(Buffer.from(rejected).toString('latin1', 4)).toMatch(
      /^No consensus could be reached\. .* hashes: \[[0-9a-f]{64}: 8\], \[[0-9a-f]{64}: 5\]$/,
    );
  });

  it('fails after a minute without a response', async () => {
    const { outcome, pic } = await setUp();
    await pic.advanceTime(61_000);
    await pic.tick(2);
    expect(Buffer.from((await outcome())!).toString('latin1', 4)).toBe('Canister http request timed out');
    expect(await pic.getPendingHttpsOutcalls()).toEqual([]);
  });
});

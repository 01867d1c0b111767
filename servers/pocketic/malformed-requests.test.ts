/** Every malformed request gets a 4xx with a text, and the server keeps running. */
import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createFakeBackend } from './testing/fake-backend.js';
import { callBody, createInstance } from './testing/instance.js';
import { sendTo, startServer } from './testing/start-server.js';

describe('a malformed request', () => {
  const post = '/instances/0/update/set_time';
  it.each([
    ['a body that is not JSON', post, '{', 400, /^Failed to parse the request body as JSON: /],
    ['an empty body', post, '', 400, /^Failed to parse/],
    ['a missing field', post, '{}', 422, /: missing field `nanos_since_epoch` at line 1 column 2$/],
    ['a negative time', post, '{"nanos_since_epoch":-1}', 422, /nanos_since_epoch/],
    ['a time with a fraction', post, '{"nanos_since_epoch":1.5}', 422, /invalid type: floating point `1.5`/],
    [
      'a time beyond u64',
      post,
      '{"nanos_since_epoch":18446744073709551616}',
      422,
      /invalid type: floating point `1.8446744073709552e19`, expected u64/,
    ],
    ['a list as the body', post, '[]', 422, /^Failed to deserialize/],
    ['null as the body', post, 'null', 422, /^Failed to deserialize/],
    [
      'invalid base64',
      '/instances/0/read/query',
      callBody({ payload: 'A' }),
      422,
      /payload: Encoded text cannot have a 6-bit remainder/,
    ],
    [
      'an unknown route',
      '/instances/0/read/query',
      callBody({ effective_principal: 'All' }),
      422,
      /effective_principal/,
    ],
    [
      'a principal of 30 bytes',
      '/instances/0/read/query',
      callBody({ sender: 'A'.repeat(40) }),
      400,
      /Bad sender principal/,
    ],
    [
      'a short message id',
      '/instances/0/read/ingress_status',
      '{"raw_message_id":{"effective_principal":"None","message_id":"AAAA"}}',
      400,
      /Bad message id/,
    ],
    ['an instance id that is not a number', '/instances/x/read/get_time', '{}', 400, /^Invalid URL/],
    ['an unknown endpoint', '/instances/0/update/fly', '{}', 404, /^$/],
    ['a POST to /', '/', '{}', 404, /^$/],
    ['a path with an invalid escape', '//%zz', '{}', 404, /^$/],
    ['a part of a path with an invalid escape', '/read_graph/%zz/x', '{}', 405, /^$/],
  ])('gets a 4xx: %s', async (_what, target, body, status, text) => {
    const send = await createInstance();
    const answer = await send('POST', target, body);
    expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(text)]);
    expect((await send('GET', '/status')).status).toBe(200);
  });

  it('gets a 4xx for the wrong method and for the wrong content type', async () => {
    const send = await createInstance();
    expect((await send('GET', post)).status).toBe(405);
    expect((await send('PUT', '/instances/0')).status).toBe(405);
    expect((await send('GET', '/read_graph/%zz/x')).text).toBe('Invalid URL');
    const answer = await send('POST', post, '{"nanos_since_epoch":1}', { 'content-type': 'text/plain' });
    expect([answer.status, answer.text]).toEqual([
      415,
      'Expected request with `Content-Type: application/json`',
    ]);
  });

  it.each(['A', 'AA=A', 'A===', 'AA==AA==', 'AA-_', 'AB', '=AAA', ' AAA', 'AAAA\n'])(
    'the payload %j is not base64',
    async (payload) => {
      const answer = await (await createInstance())('POST', '/instances/0/read/query', callBody({ payload }));
      expect(answer.status).toBe(422);
    },
  );

  it('does not overflow the stack with a payload of 40 MB', async () => {
    let bytes = 0;
    const send = await createInstance({
      query: ({ arg }) => {
        bytes = arg.length;
        return Promise.resolve({ kind: 'reply', bytes: new Uint8Array(0) });
      },
    });
    const payload = Buffer.alloc(40_000_000, 7).toString('base64');
    expect((await send('POST', '/instances/0/read/query', callBody({ payload }))).status).toBe(200);
    expect(bytes).toBe(40_000_000);
  });

  it('gets 413 for a body above the limit, with and without a content length', async () => {
    const { url, port } = await startServer(createFakeBackend(), { bodyBytesMax: 1000 });
    expect((await sendTo(url)('POST', '/blobstore', 'x'.repeat(1001))).status).toBe(413);
    const status = await new Promise((resolve, reject) => {
      const streamed = httpRequest(
        { port, host: '127.0.0.1', path: '/blobstore', method: 'POST' },
        (response) => resolve(response.statusCode),
      );
      streamed.on('error', reject);
      streamed.write('x'.repeat(600));
      streamed.write('x'.repeat(600));
    });
    expect(status).toBe(413);
    expect((await sendTo(url)('POST', '/blobstore', 'x'.repeat(1000))).status).toBe(200);
  });

  it('leaves the server running if the client closes the connection', async () => {
    const { url, port } = await startServer(createFakeBackend());
    await new Promise((resolve) => {
      const broken = httpRequest({
        port,
        host: '127.0.0.1',
        path: '/blobstore',
        method: 'POST',
        headers: { 'content-length': 100 },
      });
      broken.on('error', resolve);
      broken.write('x', () => broken.destroy(new Error('gone')));
    });
    expect((await sendTo(url)('GET', '/status')).status).toBe(200);
  });
});

/** The check of certified responses, on responses of the asset canister (crate ic-certified-assets). */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { IDL } from '@icp-sdk/core/candid';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../replicas/embedded/embedded-replica.js';
import { decodeResponse, encodeQueryRequest } from '../targets/http-gateway-candid.js';
import { certificationProblem, type CertifiedResponse } from './http-certification.js';

const module = new URL('../examples/asset-canister/wasm/asset-canister.wasm.gz', import.meta.url);
const ANONYMOUS = '2vxsx-fae';
const BODY = Buffer.from('file');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const none = Uint8Array.from(IDL.encode([IDL.Opt(IDL.Null)], [[]]));

const replica = createEmbeddedReplica();
let canister: string;

async function call(method: string, fields: Record<string, IDL.Type>, value: object): Promise<void> {
  const arg = Uint8Array.from(IDL.encode([IDL.Record(fields)], [value]));
  const submission = await replica.submit({ canister, method, arg, caller: ANONYMOUS });
  if (submission.kind === 'refused') throw new Error(submission.reject.text);
  await replica.round();
  expect(await replica.poll(submission.id)).toMatchObject({ kind: 'reply' });
}

async function store(key: string): Promise<void> {
  const [text, bytes] = [IDL.Text, IDL.Vec(IDL.Nat8)];
  const fields = { key: text, content_type: text, content_encoding: text, content: bytes };
  await call('store', fields, {
    key,
    content_type: 'text/plain',
    content_encoding: 'identity',
    content: BODY,
  });
}

/** Commits an empty batch. The canister certifies its response for unknown paths at a commit. */
async function commit(): Promise<void> {
  const fields = { batch_id: IDL.Nat, operations: IDL.Vec(IDL.Null) };
  await call('commit_batch', fields, { batch_id: 0n, operations: [] });
}

async function get(path: string): Promise<CertifiedResponse> {
  const arg = encodeQueryRequest({ method: 'GET', url: path, headers: [], body: new Uint8Array(0) });
  const outcome = await replica.query({ canister, method: 'http_request', arg, caller: ANONYMOUS });
  if (outcome.kind === 'reject') throw new Error(outcome.text);
  const { status, headers, body } = decodeResponse(outcome.bytes);
  return { path, status, headers, bodySha256: sha256(body) };
}

beforeAll(async () => {
  canister = await replica.createCanister();
  const wasm = Uint8Array.from(readFileSync(module));
  expect(await replica.install({ canister, mode: 'install', wasm, arg: none })).toMatchObject({
    kind: 'reply',
  });
  await store('/folder/a.txt');
  await commit();
});

describe('certification of a response', () => {
  it('is accepted for a file, and for a path that has none', async () => {
    expect(certificationProblem(await get('/folder/a.txt'))).toBeUndefined();
    expect(certificationProblem(await get('/folder/b.txt'))).toBeUndefined();
  });

  it('is rejected if the body, the status, a certified header, or the path is another', async () => {
    const response = await get('/folder/a.txt');
    const notCovered = 'the certificate does not cover the response';
    const headers = response.headers.map(([name, value]) =>
      name === 'content-type' ? ([name, 'text/html'] as const) : ([name, value] as const),
    );
    expect(certificationProblem({ ...response, bodySha256: sha256(Buffer.from('other')) })).toBe(notCovered);
    expect(certificationProblem({ ...response, status: 206 })).toBe(notCovered);
    expect(certificationProblem({ ...response, headers })).toBe(notCovered);
    expect(certificationProblem({ ...response, path: '/folder/c.txt' })).toBe(
      'the certificate is for the path http_expr/folder/a.txt/<$>',
    );
  });

  it('is accepted with other values of headers that are not certified', async () => {
    const response = await get('/folder/a.txt');
    const headers = [...response.headers, ['x-request-id', '1'] as const];
    expect(certificationProblem({ ...response, headers })).toBeUndefined();
  });

  it('is rejected without a certificate, with a malformed one, and with an older tree', async () => {
    const response = await get('/folder/a.txt');
    const withCertificate = (edit: (value: string) => string) => ({
      ...response,
      headers: response.headers.map(([name, value]) =>
        name === 'IC-Certificate' ? ([name, edit(value)] as const) : ([name, value] as const),
      ),
    });
    expect(certificationProblem({ ...response, headers: [] })).toBe(
      'the response has no IC-Certificate header',
    );
    expect(certificationProblem(withCertificate((value) => value.replace('tree=', 'three=')))).toBe(
      'the IC-Certificate header is malformed: it has no field tree',
    );
    const old = /tree=:[^:]*:/.exec(response.headers.find(([name]) => name === 'IC-Certificate')![1])![0];
    await store('/later.txt');
    const later = await get('/folder/a.txt');
    const mixed = later.headers.map(([name, value]) =>
      name === 'IC-Certificate'
        ? ([name, value.replace(/tree=:[^:]*:/, old)] as const)
        : ([name, value] as const),
    );
    expect(certificationProblem({ ...later, headers: mixed })).toBe(
      'the tree in the IC-Certificate header is not the certified data of the canister',
    );
  });

  it('is rejected for a deleted file, whose entry the canister keeps', async () => {
    await store('/deleted.txt');
    await call('delete_asset', { key: IDL.Text }, { key: '/deleted.txt' });
    const response = await get('/deleted.txt');
    expect(response.status).toBe(404);
    expect(certificationProblem(response)).toBe(
      'the tree has no entry for the IC-CertificateExpression header',
    );
  });
});

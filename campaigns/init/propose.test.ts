/** What `init` proposes for interfaces of every shape. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inProject } from '../../suites/testing/fixtures.js';
import { argumentNames } from './argument-names.js';
import { candidOfModule } from './candid-text.js';
import { layout } from './layout.js';
import { parseCandid } from './parse-candid.js';
import { propose, type Proposal } from './propose.js';
import { systemOf } from './system.js';

async function proposalOf(path: string): Promise<Proposal> {
  const file = inProject(path);
  const candid = path.endsWith('.did') ? readFileSync(file, 'utf8') : candidOfModule(file);
  return proposalFor(candid);
}

async function proposalFor(candid: string): Promise<Proposal> {
  return propose(systemOf([{ name: 'canister', candid: await parseCandid(candid, 'canister.did') }]));
}

function methodsOf({ calls }: Proposal) {
  return Object.fromEntries(calls.map(({ operation, method }) => [operation, method]));
}

const PROPOSALS = [
  [
    'examples/motoko-sessions/wasm/motoko-sessions.wasm.gz',
    { finishTakesHash: undefined },
    {
      begin: 'start',
      put: 'put',
      finish: 'finish',
      abort: 'cancel',
      status: 'progress',
      readMeta: 'info',
      readChunk: 'read',
    },
  ],
  [
    'examples/motoko-keys/motoko-keys.did',
    { session: 'key', begin: 'implied', finish: 'implied', readBy: 'session' },
    { put: 'put', abort: 'abort', readMeta: 'info', readChunk: 'get' },
  ],
  [
    'examples/rust-tus/rust-tus.did',
    { address: 'offset', finish: 'implied', read: 'range', readBy: 'session' },
    { begin: 'create', put: 'append', abort: 'terminate', readMeta: 'head', readChunk: 'read' },
  ],
  [
    'examples/asset-canister/asset-canister.did',
    { address: 'receipt', finish: 'list', read: 'parts' },
    { begin: 'create_batch', put: 'create_chunk', finish: 'commit_batch', abort: 'delete_batch' },
  ],
  [
    'examples/juno-storage/juno-storage.did',
    { address: 'receipt', finish: 'list', read: 'parts' },
    { begin: 'init_asset_upload', put: 'upload_asset_chunk', finish: 'commit_asset_upload' },
  ],
  [
    'docs/examples/motoko/file-store.wasm.gz',
    { finishTakesLength: true },
    { begin: 'open', put: 'write', finish: 'close', abort: 'cancel', readMeta: 'info', readChunk: 'part' },
  ],
  [
    'canister/upload.did',
    { finishTakesLength: true },
    {
      begin: 'uploads_begin',
      put: 'uploads_put_chunk',
      finish: 'uploads_finish',
      abort: 'uploads_abort',
      status: 'uploads_status',
      readMeta: 'blob_get_meta',
      readChunk: 'blob_read_chunk',
    },
  ],
] as const;

describe('the proposal for', () => {
  it.each(PROPOSALS)('%s names the shape and the methods', async (path, shape, methods) => {
    const proposal = await proposalOf(path);
    expect(methodsOf(proposal)).toEqual(methods);
    expect(proposal.shape).toMatchObject(
      Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)),
    );
  });

  it('a canister with limits in its init argument lets the suite choose them', async () => {
    const { init, limits, expiry } = await proposalOf('examples/motoko-sessions/motoko-sessions.did');
    expect(limits).toEqual({
      chunkSize: "'init'",
      bytesMax: "'init'",
      activeSessionsMax: "'init'",
      hashBytesPerCall: "'init'",
    });
    expect(expiry).toBe("'init'");
    expect(init?.code).toContain('ttl_seconds: BigInt(limits.sessionTtlSeconds ?? 86_400)');
    expect(init?.code).toContain('faults: fault === undefined ? [] : [fault]');
  });

  it('a canister with permissions grants them by the controller', async () => {
    const { permission } = await proposalOf('examples/asset-canister/asset-canister.did');
    expect(permission).toEqual({
      method: 'grant_permission',
      values: ['{ permission: { Commit: null }, to_principal: Principal.fromText(caller) }'],
    });
  });

  it('a finish that lists the chunks in one of several operations creates the file first', async () => {
    const { calls } = await proposalOf('examples/asset-canister/asset-canister.did');
    const finish = calls.find(({ operation }) => operation === 'finish')?.values.join(' ') ?? '';
    expect(finish.indexOf('CreateAsset')).toBeGreaterThan(0);
    expect(finish.indexOf('CreateAsset')).toBeLessThan(finish.indexOf('SetAssetContent'));
    expect(finish).toContain("chunk_ids: chunks.map(({ receipt }) => BigInt(receipt ?? ''))");
  });

  it('an interface without uploads says what is missing', async () => {
    const proposal = await proposalFor('service : { greet : (text) -> (text) query }');
    expect(proposal.calls).toEqual([]);
    expect(proposal.todos[0]).toBe('no method was found that stores a chunk: add calls.put');
  });

  it('a begin that returns the length of chunks says which field it is', async () => {
    const begin = (field: string) =>
      proposalFor(`service : {
        begin_upload : (name : text) -> (record { id : nat; ${field} : nat32 });
        put_chunk : (id : nat, index : nat32, data : blob) -> ();
      }`);
    expect((await begin('chunk_size')).chunkSizeField).toBe('chunk_size');
    expect((await begin('chunks')).chunkSizeField).toBeUndefined();
  });

  it('a finish that returns a number or a text marks only the number as an open choice', async () => {
    const todosOf = async (type: string) => {
      const { calls } = await proposalFor(`service : {
        create : (size : nat64) -> (nat64);
        append : (id : nat64, offset : nat64, data : blob) -> ();
        finish : (id : nat64, sha256 : blob) -> (${type});
        blocks : (id : nat64) -> (record { size : nat64; blocks : nat32 }) query;
        read : (id : nat64, block : nat32) -> (blob) query;
      }`);
      return calls.find(({ operation }) => operation === 'finish')?.todos;
    };
    expect(await todosOf('nat64')).toEqual([expect.stringContaining('is the id of the file')]);
    expect(await todosOf('text')).toEqual([]);
  });

  it('arguments without names follows from their types', async () => {
    const candid = `service : {
      begin_upload : (text, nat64) -> (variant { Ok : nat64; Err : text });
      put_chunk : (nat64, nat32, blob) -> (variant { Ok; Err : text });
      finish_upload : (nat64, blob) -> (variant { Ok : record { file_id : nat64 }; Err : text });
    }`;
    const { calls, shape } = await proposalFor(candid);
    expect(calls.map(({ values, ok }) => [values.join(', '), ok])).toEqual([
      ['name, BigInt(bytes)', '(reply) => ({ sessionId: String(reply) })'],
      ['BigInt(sessionId), index, data', undefined],
      ['BigInt(sessionId), sha256', '(reply) => ({ blobId: String(reply.file_id) })'],
    ]);
    expect(shape).toEqual({ read: 'none' });
  });
});

/** Kinds of interface that public storage canisters have. */
const PUBLIC_KINDS: readonly (readonly [
  kind: string,
  candid: string,
  shape: object,
  values: Readonly<Record<string, readonly string[]>>,
])[] = [
  [
    'a service with a name, and an actor class',
    `type Bucket = service {
       initUpload : (record { name : text; fileSize : nat }) -> (record { batchId : nat });
       uploadChunk : (record { batchId : nat; content : blob }) -> (record { chunkId : nat });
       commitUpload : (record { batchId : nat; chunkIds : vec nat }) -> ();
     };
     service : (principal) -> Bucket`,
    { address: 'receipt', finish: 'list', read: 'none', finishTakesHash: false },
    {
      begin: ['{ name, fileSize: BigInt(bytes) }'],
      put: ['{ content: data, batchId: BigInt(sessionId) }'],
      finish: [
        "{ chunkIds: chunks.map(({ receipt }) => BigInt(receipt ?? '')), batchId: BigInt(sessionId) }",
      ],
    },
  ],
  [
    'a path in place of an id, and files over HTTP',
    `service : {
       init_upload : (record { file_path : text; file_hash : text; file_size : nat64 }) -> (variant { Ok : record {}; Err : text });
       store_chunk : (record { file_path : text; chunk_id : nat; chunk_data : blob }) -> (variant { Ok : record {}; Err : text });
       finalize_upload : (record { file_path : text }) -> (variant { Ok : record { url : text }; Err : text });
       http_request : (record { url : text }) -> (record { body : blob }) query;
     }`,
    { session: 'name', read: 'parts', finishTakesHash: false },
    {
      begin: [
        "{ file_hash: Buffer.from(sha256).toString('hex'), file_path: name, file_size: BigInt(bytes) }",
      ],
      put: ['{ chunk_id: BigInt(index), chunk_data: data, file_path: sessionId }'],
      finish: ['{ file_path: sessionId }'],
    },
  ],
  [
    'a begin that returns the length of chunks, and a download that is opened before chunks are read',
    `service : {
       requestUpload : (fileName : text, length : nat) -> (record { id : nat; chunkSize : nat; chunkCount : nat });
       addChunk : (fileId : nat, content : blob, index : nat) -> (variant { Ok; Err : text });
       commitUpload : (fileId : nat) -> (variant { Ok : nat; Err : text });
       openDownload : (fileId : nat) -> (variant { Ok : record { totalLength : nat; chunksCount : nat }; Err : text }) query;
       getChunk : (fileId : nat, chunkIndex : nat) -> (variant { Ok : blob; Err : text }) query;
     }`,
    { finishTakesHash: false },
    {
      begin: ['name', 'BigInt(bytes)'],
      put: ['BigInt(sessionId)', 'data', 'BigInt(index)'],
      finish: ['BigInt(sessionId)'],
      readMeta: ['BigInt(blobId)'],
      readChunk: ['BigInt(blobId)', 'BigInt(index)'],
    },
  ],
];

/** Candid sorts the fields of a record by their hashes. */
function sorted(value: string): string {
  return value.replace(/^\{ (.*) \}$/, (_, members: string) =>
    members
      .split(/, (?=\w+: )/)
      .sort()
      .join(),
  );
}

describe('the proposal for', () => {
  it.each(PUBLIC_KINDS)('%s fills every argument', async (_kind, candid, shape, values) => {
    const proposal = await proposalFor(candid);
    expect(proposal.shape).toEqual(shape);
    const proposed = proposal.calls.flatMap(({ operation, values: own }) =>
      own.length === 0 ? [] : [[operation, own.map(sorted)]],
    );
    expect(Object.fromEntries(proposed)).toEqual(
      Object.fromEntries(Object.entries(values).map(([operation, own]) => [operation, own.map(sorted)])),
    );
  });
});

describe('argumentNames', () => {
  it('returns the name of each argument of each method', () => {
    const names = argumentNames(`
      // a : (b : nat) -> ();
      type T = func (x : nat) -> (nat);
      service : (record { n : nat }) -> {
        "put it" : (id : nat, record { a : nat; b : func (q : nat) -> () }, data : blob) -> (ok : bool) query;
        none : () -> ();
      }`);
    expect(Object.fromEntries(names)).toEqual({
      service: [undefined],
      'put it': ['id', undefined, 'data'],
      none: [],
    });
  });
});

describe('layout', () => {
  it('breaks a long literal into lines, and keeps a short one', () => {
    expect(layout('f: (a) => [1, { b: 2 }]', '')).toBe('f: (a) => [1, { b: 2 }]');
    const long = 'x'.repeat(60);
    expect(layout(`f: ({ a }) => ['${long}', { b: '${long}', c: [] }]`, '  ')).toBe(
      `f: ({ a }) => [\n    '${long}',\n    { b: '${long}', c: [] },\n  ]`,
    );
  });
});

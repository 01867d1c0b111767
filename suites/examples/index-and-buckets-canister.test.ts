/** The canisters of examples/index-and-buckets, called by hand: what the correct build does, and what each seeded fault changes. */
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { idlFactory, init } from '../../examples/index-and-buckets/interface.js';
import faults from '../../examples/index-and-buckets/faults.json' with { type: 'json' };
import { CanisterClient, encodeArg, kindOf, ok, readModule } from './testing/canister-client.js';

const OWNER = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
const STRANGER = 'ryjl3-tyaaa-aaaaa-aaaba-cai';
const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7 + 1) % 251);

interface Upload {
  readonly upload: bigint;
  readonly bucket: string;
}

/** An index with two buckets: chunks of 8 bytes, two open uploads, two chunks hashed in a message, an expiry of 100 s. */
class Service {
  readonly #client = new CanisterClient(idlFactory);
  #index = '';
  #buckets: string[] = [];

  readonly #suffix: '' | '-faults';
  readonly #faults: readonly string[];

  constructor(suffix: '' | '-faults', faults: readonly string[] = []) {
    this.#suffix = suffix;
    this.#faults = faults;
  }

  async install(): Promise<this> {
    this.#index = await this.#client.create();
    this.#buckets = [await this.#client.create(), await this.#client.create()];
    await this.#installAll('install');
    for (const bucket of this.#buckets) {
      ok(await this.index(this.#client.controller, 'add_bucket', Principal.fromText(bucket)));
    }
    return this;
  }

  upgrade(): Promise<void> {
    return this.#installAll('upgrade');
  }

  async #installAll(mode: 'install' | 'upgrade'): Promise<void> {
    const arg = encodeArg(init({ IDL }), [
      {
        chunk_bytes: [8],
        max_upload_bytes: [],
        max_open_uploads: [2],
        index: Principal.fromText(this.#index),
        hash_chunks_per_message: [2],
        expiry_seconds: [100n],
        faults: [this.#faults],
      },
    ]);
    for (const canister of [this.#index, ...this.#buckets]) {
      const name = canister === this.#index ? 'index-and-buckets' : 'bucket';
      const wasm = readModule(`index-and-buckets/wasm/${name}${this.#suffix}`);
      await this.#client.install(canister, mode, wasm, arg);
    }
  }

  index(caller: string, method: string, ...values: unknown[]): Promise<unknown> {
    return this.#client.call(this.#index, caller, method, ...values);
  }

  bucket(bucket: string, caller: string, method: string, ...values: unknown[]): Promise<unknown> {
    return this.#client.call(bucket, caller, method, ...values);
  }

  async begin(file: Uint8Array): Promise<Upload> {
    const answer = await this.index(OWNER, 'begin', 'f', BigInt(file.length));
    const { upload, bucket } = ok(answer) as { upload: bigint; bucket: Principal };
    return { upload, bucket: bucket.toText() };
  }

  put({ upload, bucket }: Upload, index: number, data: Uint8Array, caller = OWNER): Promise<unknown> {
    return this.bucket(bucket, caller, 'put', upload, index, data);
  }

  /** Begins an upload and puts its chunks, the last one first. */
  async putAll(file: Uint8Array): Promise<Upload> {
    const upload = await this.begin(file);
    for (let index = Math.ceil(file.length / 8) - 1; index >= 0; index--) {
      ok(await this.put(upload, index, file.slice(index * 8, index * 8 + 8)));
    }
    return upload;
  }

  finish({ upload, bucket }: Upload, file: Uint8Array): Promise<unknown> {
    return this.bucket(bucket, OWNER, 'finish', upload, sha256(file));
  }

  /** Several finishes at the same time. */
  async finishAtOnce({ upload, bucket }: Upload, file: Uint8Array, times: number): Promise<unknown[]> {
    const calls = [];
    for (let count = 0; count < times; count++)
      calls.push(await this.#client.submit(bucket, OWNER, 'finish', [upload, sha256(file)]));
    const answers = [];
    for (const call of calls) answers.push(await this.#client.answerTo(call, 'finish'));
    return answers;
  }

  async upload(file: Uint8Array): Promise<{ readonly bucket: string; readonly file: bigint }> {
    const upload = await this.putAll(file);
    return { bucket: upload.bucket, file: ok(await this.finish(upload, file)) as bigint };
  }

  /** The bytes of a file; `undefined` if a chunk cannot be read. */
  async read(bucket: string, file: bigint, chunks: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    for (let index = 0; index < chunks; index++) {
      const answer = await this.bucket(bucket, OWNER, 'read', file, index);
      if (kindOf(answer) !== 'Ok') return undefined;
      parts.push(ok(answer) as Uint8Array);
    }
    return Uint8Array.from(parts.flatMap((part) => [...part]));
  }

  async files(): Promise<number> {
    return ((await this.index(OWNER, 'files')) as unknown[]).length;
  }

  advance(seconds: number): Promise<void> {
    return this.#client.advance(seconds);
  }
}

const file = bytesOf(30);

/** `index-and-buckets-network.test.ts` has their schedules. They need an order of messages, or a condition of the network. */
const AWAIT_POINT_FAULTS = [
  'begin-before-open',
  'cancel-ignores-lock',
  'commit-not-repeatable',
  'ended-forgotten-too-early',
  'file-id-on-heap',
  'quota-kept-after-reject',
  'quota-written-after-await',
  'reject-as-success',
  'reject-settles-unknown',
  'release-not-remembered',
  'reply-before-commit',
  'retry-commits-twice',
  'stop-ends-finish',
  'trap-after-commit',
  'two-buckets-for-one-upload',
  'unknown-as-failure',
  'unknown-as-success',
];

/** For each fault: calls whose answers it changes, and the answers of the correct canisters. */
const SCENARIOS: Record<
  string,
  readonly [scenario: (service: Service) => Promise<unknown>, correct: unknown]
> = {
  'cancel-before-owner-check': [
    async (service) => {
      const upload = await service.begin(file);
      const cancel = await service.bucket(upload.bucket, STRANGER, 'cancel', upload.upload);
      return [kindOf(cancel), kindOf(await service.put(upload, 0, file.slice(0, 8)))];
    },
    ['Forbidden', 'Ok'],
  ],
  'commit-after-first-batch': [
    async (service) => {
      const upload = await service.putAll(file);
      return [kindOf(await service.finish(upload, bytesOf(3))), await service.files()];
    },
    ['WrongHash', 0],
  ],
  'file-ids-reused-after-upgrade': [
    async (service) => {
      const first = await service.upload(bytesOf(16));
      await service.upgrade();
      await service.upload(bytesOf(20));
      await service.upload(bytesOf(10));
      return service.read(first.bucket, first.file, 2);
    },
    bytesOf(16),
  ],
  'finish-not-locked': [
    async (service) => {
      const upload = await service.putAll(file);
      const answers = await service.finishAtOnce(upload, file, 2);
      const published = answers.filter((answer) => kindOf(answer) === 'Ok');
      return [published.length, await service.read(upload.bucket, ok(published[0]) as bigint, 4)];
    },
    [1, file],
  ],
  'listed-before-complete': [
    async (service) => {
      const upload = await service.begin(file);
      return [kindOf(await service.finish(upload, file)), await service.files()];
    },
    ['Incomplete', 0],
  ],
  'lock-kept-after-trap': [
    async (service) => {
      const upload = await service.putAll(file);
      await service.finish(upload, bytesOf(3));
      return kindOf(await service.finish(upload, file));
    },
    'Ok',
  ],
  'put-by-anyone': [
    async (service) => kindOf(await service.put(await service.begin(file), 0, file.slice(0, 8), STRANGER)),
    'Forbidden',
  ],
  'quota-kept-after-cancel': [
    async (service) => {
      const upload = await service.begin(file);
      await service.begin(file);
      ok(await service.bucket(upload.bucket, OWNER, 'cancel', upload.upload));
      return kindOf(await service.index(OWNER, 'begin', 'f', 5n));
    },
    'Ok',
  ],
  'quota-kept-after-expiry': [
    async (service) => {
      await service.begin(file);
      await service.begin(file);
      await service.advance(101);
      return kindOf(await service.index(OWNER, 'begin', 'f', 5n));
    },
    'Ok',
  ],
  'sweep-ignores-activity': [
    async (service) => {
      const upload = await service.begin(file);
      await service.advance(80);
      await service.put(upload, 0, file.slice(0, 8));
      await service.advance(80);
      return kindOf(await service.put(upload, 1, file.slice(8, 16)));
    },
    'Ok',
  ],
};

describe('the canisters of examples/index-and-buckets', () => {
  it('upload a file, survive an upgrade, and return the file', async () => {
    const service = await new Service('').install();
    const upload = await service.begin(file);
    ok(await service.put(upload, 2, file.slice(16, 24)));
    await service.upgrade();
    const status = await service.bucket(upload.bucket, OWNER, 'status', upload.upload);
    expect((ok(status) as { missing: number[] }).missing).toEqual(Uint32Array.of(0, 1, 3));
    for (const index of [3, 0, 1]) ok(await service.put(upload, index, file.slice(index * 8, index * 8 + 8)));
    const id = ok(await service.finish(upload, file)) as bigint;
    await service.upgrade();
    expect(await service.read(upload.bucket, id, 4)).toEqual(file);
    expect(await service.index(OWNER, 'files')).toMatchObject([{ file: id, name: 'f', length: 30n }]);
    expect(await service.index(OWNER, 'quota')).toEqual({
      open_uploads: 0,
      reserved_bytes: 0n,
      file_bytes: 30n,
    });
  });

  it('use both buckets, and return the quota of a deleted file', async () => {
    const service = await new Service('').install();
    const first = await service.upload(file);
    const second = await service.upload(file);
    expect(second.bucket).not.toBe(first.bucket);
    ok(await service.index(OWNER, 'delete', Principal.fromText(first.bucket), first.file));
    expect(await service.read(first.bucket, first.file, 4)).toBeUndefined();
    expect(await service.read(second.bucket, second.file, 4)).toEqual(file);
    expect(await service.index(OWNER, 'quota')).toMatchObject({ file_bytes: 30n });
  });

  it('finish an upload again after a wrong hash, and repeat a finish', async () => {
    const service = await new Service('').install();
    const upload = await service.putAll(file);
    expect(kindOf(await service.finish(upload, bytesOf(3)))).toBe('WrongHash');
    const id = ok(await service.finish(upload, file));
    expect(ok(await service.finish(upload, file))).toBe(id);
    expect(kindOf(await service.put(upload, 0, file.slice(0, 8)))).toBe('Finished');
  });

  it('answer Busy to every finish beside another one', async () => {
    const service = await new Service('').install();
    const answers = await service.finishAtOnce(await service.putAll(file), file, 3);
    expect(answers.map(kindOf)).toEqual(['Ok', 'Busy', 'Busy']);
  });

  it('have a scenario for each fault', () => {
    const names = [...Object.keys(SCENARIOS), ...AWAIT_POINT_FAULTS].sort();
    expect(faults.map(({ name }) => name)).toEqual(names);
  });

  it.each(Object.entries(SCENARIOS))('answer differently with %s', async (fault, [scenario, correct]) => {
    expect(await scenario(await new Service('').install())).toEqual(correct);
    expect(await scenario(await new Service('-faults').install())).toEqual(correct);
    expect(await scenario(await new Service('-faults', [fault]).install())).not.toEqual(correct);
  });
});

/** The canister of examples/rust-tus, called by hand: what the correct build does, and what each seeded fault changes. */
import { IDL } from '@icp-sdk/core/candid';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { idlFactory, init } from '../../examples/rust-tus/interface.js';
import faults from '../../examples/rust-tus/faults.json' with { type: 'json' };
import { CanisterClient, encodeArg, kindOf, ok, readModule } from './testing/canister-client.js';

const OWNER = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
const STRANGER = 'ryjl3-tyaaa-aaaaa-aaaba-cai';
const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7 + 1) % 251);

/** A freshly installed canister with blocks of 8 bytes, two open uploads, and an expiry of 100 s. */
class Tus {
  readonly #client = new CanisterClient(idlFactory);
  #canister = '';

  readonly #module: 'rust-tus' | 'rust-tus-faults';
  readonly #faults: readonly string[];

  constructor(module: 'rust-tus' | 'rust-tus-faults', faults: readonly string[] = []) {
    this.#module = module;
    this.#faults = faults;
  }

  async install(mode: 'install' | 'upgrade' = 'install'): Promise<this> {
    if (mode === 'install') this.#canister = await this.#client.create();
    const arg = encodeArg(init({ IDL }), [
      [
        {
          max_upload_bytes: [],
          max_open_uploads: [2],
          block_bytes: [8],
          expiry_seconds: [100n],
          faults: [this.#faults],
        },
      ],
    ]);
    await this.#client.install(this.#canister, mode, readModule(`rust-tus/wasm/${this.#module}`), arg);
    return this;
  }

  as(caller: string, method: string, ...values: unknown[]): Promise<unknown> {
    return this.#client.call(this.#canister, caller, method, ...values);
  }

  async create(file: Uint8Array, key: string[] = []): Promise<unknown> {
    return this.as(OWNER, 'create', { name: 'f', length: BigInt(file.length), sha256: [sha256(file)], key });
  }

  async begin(file: Uint8Array, key: string[] = []): Promise<bigint> {
    return (ok(await this.create(file, key)) as { id: bigint }).id;
  }

  append(id: bigint, offset: number, data: Uint8Array, caller = OWNER): Promise<unknown> {
    return this.as(caller, 'append', id, BigInt(offset), data, [sha256(data)]);
  }

  /** Appends the rest of the file in pieces and returns the answers' kinds. */
  async appendAll(id: bigint, file: Uint8Array, from = 0, piece = 10): Promise<string[]> {
    const kinds = [];
    for (let at = from; at < file.length; at += piece) {
      kinds.push(kindOf(await this.append(id, at, file.slice(at, at + piece))));
    }
    return kinds;
  }

  async read(id: bigint, length = 1000): Promise<Uint8Array> {
    return ok(await this.as(OWNER, 'read', id, 0n, length)) as Uint8Array;
  }

  async offset(id: bigint): Promise<string> {
    const head = await this.as(OWNER, 'head', id);
    return kindOf(head) === 'Ok' ? String((ok(head) as { offset: bigint }).offset) : kindOf(head);
  }

  advance(seconds: number): Promise<void> {
    return this.#client.advance(seconds);
  }
}

const file = bytesOf(30);

/** For each fault: calls whose answers it changes, and the answers of the correct canister. */
const SCENARIOS: Record<string, readonly [scenario: (tus: Tus) => Promise<unknown>, correct: unknown]> = {
  'append-by-anyone': [
    async (tus) => kindOf(await tus.append(await tus.begin(file), 0, file.slice(0, 8), STRANGER)),
    'Forbidden',
  ],
  'empty-upload-never-completes': [
    async (tus) => kindOf(await tus.as(OWNER, 'read', await tus.begin(bytesOf(0)), 0n, 1)),
    'Ok',
  ],
  'empty-uploads-not-listed': [
    async (tus) => {
      await tus.begin(file);
      return await tus.as(OWNER, 'list');
    },
    [{ id: 1n, name: 'f', offset: 0n, length: BigInt(file.length) }],
  ],
  'forbidden-terminate-removes': [
    async (tus) => {
      const id = await tus.begin(file);
      return [kindOf(await tus.as(STRANGER, 'terminate', id)), await tus.offset(id)];
    },
    ['Forbidden', '0'],
  ],
  'fresh-hash-after-upgrade': [
    async (tus) => {
      const id = await tus.begin(file);
      await tus.append(id, 0, file.slice(0, 10));
      await tus.install('upgrade');
      return tus.appendAll(id, file, 10);
    },
    ['Ok', 'Ok'],
  ],
  'full-last-block-dropped': [
    async (tus) => {
      const whole = bytesOf(24);
      const id = await tus.begin(whole);
      await tus.appendAll(id, whole);
      return (await tus.read(id)).length;
    },
    24,
  ],
  'hash-before-offset-check': [
    async (tus) => {
      const id = await tus.begin(file);
      await tus.append(id, 5, file.slice(5, 10));
      return tus.appendAll(id, file);
    },
    ['Ok', 'Ok', 'Ok'],
  ],
  'key-resets-upload': [
    async (tus) => {
      const id = await tus.begin(file, ['k']);
      await tus.append(id, 0, file.slice(0, 10));
      return [await tus.begin(file, ['k']), await tus.offset(id)];
    },
    [1n, '10'],
  ],
  'length-not-checked': [
    async (tus) => {
      const id = await tus.begin(bytesOf(10));
      return kindOf(await tus.append(id, 0, bytesOf(11)));
    },
    'TooLarge',
  ],
  'offset-before-length-check': [
    async (tus) => {
      const id = await tus.begin(bytesOf(10));
      return [kindOf(await tus.append(id, 0, bytesOf(11))), await tus.offset(id)];
    },
    ['TooLarge', '0'],
  ],
  'quota-kept-after-expiry': [
    async (tus) => {
      await tus.begin(file);
      await tus.begin(file);
      await tus.advance(101);
      return kindOf(await tus.create(file));
    },
    'Ok',
  ],
  'quota-kept-after-terminate': [
    async (tus) => {
      await tus.begin(file);
      await tus.as(OWNER, 'terminate', await tus.begin(file));
      return kindOf(await tus.create(file));
    },
    'Ok',
  ],
  'retried-append-is-stored': [
    async (tus) => {
      const id = await tus.begin(file);
      await tus.append(id, 0, file.slice(0, 10));
      return kindOf(await tus.append(id, 0, file.slice(0, 10)));
    },
    'WrongOffset',
  ],
  'short-parts-refused': [
    async (tus) => kindOf(await tus.append(await tus.begin(file), 0, file.slice(0, 1))),
    'Ok',
  ],
  'sweep-ignores-activity': [
    async (tus) => {
      const id = await tus.begin(file);
      await tus.advance(80);
      await tus.append(id, 0, file.slice(0, 10));
      await tus.advance(80);
      await tus.create(file);
      return tus.offset(id);
    },
    '10',
  ],
  'undeclared-error': [
    async (tus) => {
      const id = await tus.begin(file);
      await tus.as(OWNER, 'terminate', id);
      return tus.as(OWNER, 'terminate', id).then(kindOf, () => 'a reply that cannot be decoded');
    },
    'NotFound',
  ],
};

describe('the canister of examples/rust-tus', () => {
  it('uploads a file in pieces of any size, survives an upgrade, and returns the file by range', async () => {
    const tus = await new Tus('rust-tus').install();
    const id = await tus.begin(file);
    expect(await tus.appendAll(id, file.slice(0, 20), 0, 7)).toEqual(['Ok', 'Ok', 'Ok']);
    await tus.install('upgrade');
    expect(await tus.offset(id)).toBe('20');
    expect(await tus.appendAll(id, file, 20, 3)).toEqual(['Ok', 'Ok', 'Ok', 'Ok']);
    await tus.install('upgrade');
    expect(await tus.read(id)).toEqual(file);
    expect(ok(await tus.as(OWNER, 'read', id, 6n, 13))).toEqual(file.slice(6, 19));
    const head = ok(await tus.as(OWNER, 'head', id)) as { sha256: Uint8Array[] };
    expect(head.sha256).toEqual([sha256(file)]);
    expect(kindOf(await tus.as(STRANGER, 'read', id, 0n, 1))).toBe('Forbidden');
  });

  it('refuses the last append of a file with another hash than announced, and changes nothing', async () => {
    const tus = await new Tus('rust-tus').install();
    const id = await tus.begin(file);
    await tus.append(id, 0, bytesOf(16));
    expect(kindOf(await tus.append(id, 16, bytesOf(14)))).toBe('ChecksumMismatch');
    expect(await tus.offset(id)).toBe('16');
  });

  it('ignores the names of faults in the correct build', async () => {
    const tus = await new Tus('rust-tus', ['append-by-anyone']).install();
    expect(kindOf(await tus.append(await tus.begin(file), 0, file.slice(0, 8), STRANGER))).toBe('Forbidden');
  });

  it('refuses a fault that it does not have', async () => {
    await expect(new Tus('rust-tus-faults', ['no-such-fault']).install()).rejects.toThrow(
      'there is no fault no-such-fault',
    );
  });

  it('has a scenario for each fault', () => {
    expect(faults.map(({ name }) => name)).toEqual(Object.keys(SCENARIOS));
  });

  it.each(Object.entries(SCENARIOS))('answers differently with %s', async (fault, [scenario, correct]) => {
    expect(await scenario(await new Tus('rust-tus').install())).toEqual(correct);
    expect(await scenario(await new Tus('rust-tus-faults').install())).toEqual(correct);
    expect(await scenario(await new Tus('rust-tus-faults', [fault]).install())).not.toEqual(correct);
  });
});

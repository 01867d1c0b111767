/** A target that its author writes with another Candid library, or with another copy of the same library. */
import { IDL as Candid3 } from '@dfinity/candid';
import { Principal as Principal3 } from '@dfinity/principal';
import { IDL as Core5 } from '@icp-sdk/core/candid';
import { Principal as PrincipalCore5 } from '@icp-sdk/core/principal';
import { IDL as Core6 } from 'icp-sdk-core-6/candid';
import { Principal as PrincipalCore6 } from 'icp-sdk-core-6/principal';
import { describe, expect, it } from 'vitest';
import { encodeCall } from './candid-calls.js';
import type { CandidType, IdlFactory } from './candid-library.js';
import { defineTarget } from './define-target.js';
import type { Promises } from './promises.js';
import type { Request } from './target.js';

const PROMISES = { limits: { chunkSize: 1_000 }, chunkOrder: 'any' } as unknown as Promises;
const OWNER = '2vxsx-fae';

/** The interface as the generators write it: the parameter has the type of the author's library. */
const generated5: Core5.InterfaceFactory = ({ IDL }) => serviceOf(IDL as typeof Core5);
const generated3: Candid3.InterfaceFactory = ({ IDL }) => {
  const Outcome = IDL.Variant({ Ok: IDL.Record({ id: IDL.Nat64 }), Err: IDL.Text });
  return IDL.Service({ begin: IDL.Func([IDL.Principal, IDL.Text, IDL.Vec(IDL.Nat8)], [Outcome], []) });
};
function generated6({ IDL }: { readonly IDL: typeof Core6 }) {
  const Outcome = IDL.Variant({ Ok: IDL.Record({ id: IDL.Nat64 }), Err: IDL.Text });
  return IDL.Service({ begin: IDL.Func([IDL.Principal, IDL.Text, IDL.Vec(IDL.Nat8)], [Outcome], []) });
}

function serviceOf(IDL: typeof Core5): Core5.ServiceClass {
  const Outcome = IDL.Variant({ Ok: IDL.Record({ id: IDL.Nat64 }), Err: IDL.Text });
  return IDL.Service({ begin: IDL.Func([IDL.Principal, IDL.Text, IDL.Vec(IDL.Nat8)], [Outcome], []) });
}

interface Library {
  readonly name: string;
  readonly idl: IdlFactory;
  /** A factory that ignores its argument and uses the author's own import. */
  readonly ownIdl: IdlFactory;
  readonly owner: { toText(): string };
  readonly initTypes: readonly CandidType[];
}

const LIBRARIES: readonly Library[] = [
  {
    name: '@icp-sdk/core 5',
    idl: generated5,
    ownIdl: () => generated5({ IDL: Core5 }),
    owner: PrincipalCore5.fromText(OWNER),
    initTypes: [Core5.Record({ owner: Core5.Principal })],
  },
  {
    name: '@icp-sdk/core 6',
    idl: generated6,
    ownIdl: () => generated6({ IDL: Core6 }),
    owner: PrincipalCore6.fromText(OWNER),
    initTypes: [Core6.Record({ owner: Core6.Principal })],
  },
  {
    name: '@dfinity/candid 3',
    idl: generated3,
    ownIdl: () => generated3({ IDL: Candid3 }),
    owner: Principal3.fromText(OWNER),
    initTypes: [Candid3.Record({ owner: Candid3.Principal })],
  },
];

const BEGIN = { op: 'begin', name: 'cat', bytes: 3 } as unknown as Extract<Request, { op: 'begin' }>;

describe.each(LIBRARIES)('a target that is written with $name', ({ idl, ownIdl, owner, initTypes }) => {
  const create = (factory: IdlFactory) =>
    defineTarget({
      name: 'either',
      promises: PROMISES,
      idl: factory,
      initTypes: () => initTypes,
      init: () => [{ owner }],
      calls: {
        begin: {
          call: ({ name }) => ['begin', owner, name, Uint8Array.of(1, 2)],
          ok: ({ id }: { readonly id: bigint }) => ({ sessionId: String(id) }),
        },
      },
    });
  const expectedCall = Uint8Array.from(
    Core5.encode(
      [Core5.Principal, Core5.Text, Core5.Vec(Core5.Nat8)],
      [PrincipalCore5.fromText(OWNER), 'cat', Uint8Array.of(1, 2)],
    ),
  );

  it.each([
    ['the library that it is given', idl],
    ['its own import', ownIdl],
  ])('encodes calls and decodes replies with %s', (_, factory) => {
    const target = create(factory);
    const call = target.encode(BEGIN)!;
    expect(call).toEqual({ kind: 'update', method: 'begin', arg: expectedCall });
    expect(encodeCall(factory, 'begin', owner, 'cat', [1, 2]).arg).toEqual(expectedCall);
    const Outcome = Core5.Variant({ Ok: Core5.Record({ id: Core5.Nat64 }), Err: Core5.Text });
    const reply = (value: unknown) =>
      target.decode(BEGIN, { kind: 'reply', bytes: Uint8Array.from(Core5.encode([Outcome], [value])) }, call);
    expect(reply({ Ok: { id: 7n } })).toEqual({ kind: 'begun', sessionId: '7' });
    expect(reply({ Err: 'full' })).toEqual({ kind: 'error', error: 'other', text: 'full' });
  });

  it('encodes its init argument', () => {
    const encoded = create(idl).encodeInitArg({}, {} as never);
    const expected = Core5.encode(
      [Core5.Record({ owner: Core5.Principal })],
      [{ owner: PrincipalCore5.fromText(OWNER) }],
    );
    expect(encoded).toEqual(Uint8Array.from(expected));
  });
});

describe('a target of several canisters', () => {
  const target = defineTarget({
    name: 'several',
    promises: PROMISES,
    idl: () =>
      Core5.Service({
        begin: Core5.Func([], [Core5.Text], []),
        put: Core5.Func([Core5.Text], [], []),
        info: Core5.Func([Core5.Text], [Core5.Nat64], ['query']),
        read: Core5.Func([Core5.Text, Core5.Nat32], [Core5.Opt(Core5.Vec(Core5.Nat8))], ['query']),
      }),
    canisterOf: { session: (id) => `bucket/${id}`, file: (id) => `store/${id}` },
    calls: {
      begin: { call: () => ['begin'], ok: (sessionId: string) => ({ sessionId }) },
      put: { call: ({ sessionId }) => ['put', sessionId] },
      readMeta: { call: ({ blobId }) => ['info', blobId], canister: () => 'main' },
      readChunk: { call: ({ blobId, index }) => ['read', blobId, index] },
    },
  });
  const requested = (request: object) => target.encode(request as Request)!;

  it('sends a call to the canister that holds the session or the file', () => {
    expect(requested({ op: 'put', sessionId: '7' }).canister).toBe('bucket/7');
    expect(requested({ op: 'readChunk', blobId: '3', index: 0 }).canister).toBe('store/3');
    expect(requested(BEGIN)).not.toHaveProperty('canister');
  });

  it('sends a call to the canister that the call names', () => {
    expect(requested({ op: 'readMeta', blobId: '3' }).canister).toBe('main');
  });

  it('takes the reply of a read as the bytes if nothing says what it means', () => {
    const read = { op: 'readChunk', blobId: '3', index: 0 } as unknown as Request;
    const decoded = (types: Core5.Type[], values: unknown[]) =>
      target.decode(
        read,
        { kind: 'reply', bytes: Uint8Array.from(Core5.encode(types, values)) },
        requested(read),
      );
    const optionalBytes = Core5.Opt(Core5.Vec(Core5.Nat8));
    expect(decoded([optionalBytes], [[Uint8Array.of(1, 2)]])).toEqual({
      kind: 'chunk',
      data: Uint8Array.of(1, 2),
    });
    expect(decoded([optionalBytes], [[]])).toEqual({ kind: 'error', error: 'NotFound' });
  });
});

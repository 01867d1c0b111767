import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { decodeAnswer, decodeError, decodeMetadata, encodeAssetInput, encodeMetadata } from './candid.js';
import { AssetInput, AssetMetadata, uploadService } from './idl.js';
import type { AssetMetadata as Metadata } from './types.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('inline bytes', () => {
  // The encoding of `opt vec nat8` according to the Candid spec, "Binary Format", written by hand.
  const optVecNat8 = IDL.Record({ inline_bytes: IDL.Opt(IDL.Vec(IDL.Nat8)) });

  test('are encoded as `opt vec nat8`: a presence byte, a length, and the bytes', () => {
    const { inline_bytes } = encodeAssetInput({
      kind: 'Placeholder',
      inlineBytes: Uint8Array.of(1, 2, 255),
      mimeType: 'image/webp',
    }) as { inline_bytes: unknown };
    const encoded = hex(IDL.encode([optVecNat8], [{ inline_bytes }]));
    // DIDL, 3 types: vec nat8 (6d 7b), opt 0 (6e 00), record { 2_189_117_190 : 1 }, as the library orders them.
    expect(encoded.startsWith('4449444c03')).toBe(true);
    expect(encoded).toContain('6d7b');
    // The value: present (01), 3 bytes (03), 01 02 ff. A nested `opt` would start with 01 01.
    expect(encoded.endsWith('010301' + '02ff')).toBe(true);
  });

  test('are present if they are empty, and absent for a blob reference', () => {
    const encode = (input: object): string => {
      const { inline_bytes } = input as { inline_bytes: unknown };
      return hex(IDL.encode([optVecNat8], [{ inline_bytes }]));
    };
    const none = encodeAssetInput({ kind: 'Thumb', blobId: 'blob_1', mimeType: null });
    const empty = encodeAssetInput({ kind: 'Thumb', inlineBytes: new Uint8Array(), mimeType: null });
    expect(encode(empty).endsWith('0100')).toBe(true);
    expect(encode(none)).toBe(encode(empty).slice(0, -4) + '00');
  });

  test('of a slice of a pooled Buffer contain only the slice', () => {
    const pool = Buffer.from('beforeBYTESafter');
    const input = encodeAssetInput({
      kind: 'Placeholder',
      inlineBytes: pool.subarray(6, 11),
      mimeType: null,
    });
    const [decoded] = IDL.decode([AssetInput], IDL.encode([AssetInput], [input])) as unknown as [
      { inline_bytes: [Uint8Array] },
    ];
    expect(Buffer.from(decoded.inline_bytes[0]).toString()).toBe('BYTES');
  });

  test('and a blob reference exclude each other', () => {
    const inline = encodeAssetInput({ kind: 'Thumb', inlineBytes: Uint8Array.of(1), mimeType: null });
    const byBlob = encodeAssetInput({ kind: 'Thumb', blobId: 'blob_1', mimeType: null });
    expect(inline).toMatchObject({ blob_id: [], inline_bytes: [Uint8Array.of(1)] });
    expect(byBlob).toMatchObject({ blob_id: ['blob_1'], inline_bytes: [] });
  });
});

describe('metadata', () => {
  const base: Metadata['base'] = {
    name: 'cat.jpg',
    mimeType: 'image/jpeg',
    bytes: 21_000_000n,
    assetType: 'Original',
    width: 4000,
    height: null,
    sha256: new Uint8Array(32).fill(7),
    tags: ['a', 'b'],
    description: null,
    createdAt: 5n,
    updatedAt: 6n,
  };
  const cases: Metadata[] = [
    {
      kind: 'Image',
      base,
      dpi: 300,
      colorSpace: 'srgb',
      exifData: '{}',
      compressionRatio: 2.5,
      orientation: 6,
    },
    {
      kind: 'Image',
      base,
      dpi: null,
      colorSpace: null,
      exifData: null,
      compressionRatio: null,
      orientation: null,
    },
    { kind: 'Video', base },
    { kind: 'Audio', base },
    { kind: 'Document', base },
    { kind: 'Note', base },
  ];
  test.each(cases)('of $kind survives encoding and decoding', (metadata) => {
    const bytes = IDL.encode([AssetMetadata], [encodeMetadata(metadata)]);
    const [decoded] = IDL.decode([AssetMetadata], bytes);
    expect(decodeMetadata(decoded as never)).toEqual(metadata);
  });
});

describe('errors', () => {
  test.each([
    [{ NotFound: null }, { kind: 'NotFound' }],
    [{ Conflict: 'key' }, { kind: 'Conflict', text: 'key' }],
    [{ InvalidState: 'Paused' }, { kind: 'InvalidState', text: 'Paused' }],
    [
      { ChecksumMismatch: { expected: Uint8Array.of(1), computed: Uint8Array.of(2) } },
      { kind: 'ChecksumMismatch', expected: Uint8Array.of(1), computed: Uint8Array.of(2) },
    ],
  ])('%o', (raw, error) => {
    expect(decodeError(raw as never)).toEqual(error);
    expect(decodeAnswer({ Err: raw as never }, (value: never) => value)).toEqual({ ok: false, error });
  });
});

test('every method has the name and the kind of upload.did', () => {
  const did = readFileSync(new URL('../canister/upload.did', import.meta.url), 'utf8').replace(
    /\/\/.*$/gm,
    '',
  );
  const methods = did.slice(did.indexOf('service :'));
  for (const [name, func] of methodsOfIdl()) {
    const declared = new RegExp(`\\b${name} :([^;{]|\\{[^}]*\\})*;`).exec(methods)?.[0];
    expect(declared, name).toBeDefined();
    expect(declared!.trimEnd().endsWith('query;'), name).toBe(func.annotations.includes('query'));
  }
  expect(Principal.managementCanister().toText()).toBe('aaaaa-aa');
});

test('every field that the client reads is in upload.did with the same type', () => {
  const did = readFileSync(new URL('../canister/upload.did', import.meta.url), 'utf8').replace(
    /\/\/.*$/gm,
    '',
  );
  const fields = [...did.matchAll(/(\w+) : (?:opt )?(\w+)/g)].map(([text]) => text);
  const read = [...encodedFields().matchAll(/(\w+):(?:opt )?(\w+)/g)];
  expect(read.length).toBeGreaterThan(100);
  for (const [text] of read) {
    const spaced = text.replace(':', ' : ');
    if (/(record|variant|vec|null)$/.test(spaced)) continue;
    expect(fields, spaced).toContain(spaced);
  }
});

const methodsOfIdl = () => uploadService._fields as [string, IDL.FuncClass][];

/** Returns the types of all methods as text, without spaces after the colons. */
function encodedFields(): string {
  return methodsOfIdl()
    .flatMap(([, func]) => [...func.argTypes, ...func.retTypes])
    .map((type) => type.display().replaceAll('vec nat8', 'blob'))
    .join('\n');
}

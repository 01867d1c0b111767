/** Encodings of the management canister's results, compared with replies that a server recorded. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IDL } from '@icp-sdk/core/candid';
import { describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../../package-root.js';
import type { ManagementMethod } from './arguments.js';
import { decodeResult, encodeResult } from './candid-types.js';
import { encodeAsNetwork } from './network-encoding.js';

interface Exchange {
  readonly label: string;
  readonly response?: { readonly Ok?: string };
}

function recordedReply(trace: string, label: string): Uint8Array {
  const text = readFileSync(join(PACKAGE_ROOT, 'conformance/golden2', trace), 'utf8');
  const { exchanges } = JSON.parse(text) as { readonly exchanges: readonly Exchange[] };
  const found = exchanges.find((exchange) => exchange.label === label && exchange.response?.Ok);
  return new Uint8Array(Buffer.from(found!.response!.Ok!, 'base64'));
}

describe('the encoding of results', () => {
  it.each<[ManagementMethod, string, string]>([
    ['canister_status', '12-management.json', 'canister_status after that'],
    ['canister_info', '12-management.json', 'canister_info with 100 changes'],
    ['take_canister_snapshot', '06-memory.json', 'a snapshot'],
    ['list_canister_snapshots', '12-management.json', 'the snapshots of T2'],
    ['fetch_canister_logs', '06-memory.json', '100 pages with a limit of 4 MiB: heartbeat: the log'],
    ['read_canister_snapshot_metadata', '12-management.json', 'the metadata of the second'],
  ])('of %s is that of the network', (method, trace, label) => {
    const recorded = recordedReply(trace, label);
    expect(Buffer.from(encodeResult(method, decodeResult(method, recorded))).toString('hex')).toBe(
      Buffer.from(recorded).toString('hex'),
    );
  });

  it('numbers a type before the types that it contains', () => {
    const type = IDL.Vec(IDL.Opt(IDL.Text));
    expect(Buffer.from(encodeAsNetwork(type, [])).toString('hex')).toBe('4449444c026d016e71010000');
    expect(Buffer.from(IDL.encode([type], [[]])).toString('hex')).toBe('4449444c026e716d00010100');
  });

  it('numbers equal types once', () => {
    const blob = IDL.Vec(IDL.Nat8);
    const bytes = encodeAsNetwork(IDL.Record({ a: blob, b: blob }), {
      a: new Uint8Array(),
      b: new Uint8Array(),
    });
    expect(Buffer.from(bytes).toString('hex')).toBe('4449444c026c0261016201' + '6d7b' + '01000000');
  });
});

/** The golden traces as data: requests to a real PocketIC server and its answers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../package-root.js';
import type { PrincipalText } from '../replicas/replica.js';

/** Bytes in a trace: in hex, or as one byte and the number of its repetitions. */
export type GoldenBytes = { readonly hex: string } | { readonly repeat: number; readonly length: number };

export interface GoldenReject {
  /** The server's own name, e.g. `CanisterError`. */
  readonly reject_code: string;
  readonly reject_message: string;
  readonly error_code: string;
  /** Whether the ingress status holds the reject. Queries and messages that were not accepted have no ingress status. */
  readonly certified: boolean;
}

export type GoldenReply =
  | { readonly hex: string }
  /** A long reply is stored as its hash. */
  | { readonly sha256: string; readonly length: number };

export type GoldenExpectation =
  | { readonly reply: GoldenReply }
  | { readonly reject: GoldenReject }
  /** The server did not accept the HTTP request. The text is the server's. */
  | { readonly refused: string }
  | { readonly pending: true };

export interface GoldenStatus {
  readonly status: string;
  readonly version: string;
  readonly wasm_memory_size: string;
  readonly stable_memory_size: string;
  readonly global_memory_size: string;
}

/** Fields that are recorded for information and never compared. */
export interface GoldenStatusSeen {
  readonly memory_size: string;
  readonly cycles: string;
}

interface CallFields {
  readonly canister: PrincipalText;
  readonly method: string;
  readonly arg: GoldenBytes;
}
interface OnCanister {
  readonly canister: PrincipalText;
  readonly expect: GoldenExpectation;
}

export type GoldenStep =
  | {
      readonly do: 'create_canister';
      readonly cycles: string;
      readonly expect: { readonly canister_id: PrincipalText };
    }
  | (OnCanister & {
      readonly do: 'install_code';
      readonly mode: 'install' | 'reinstall' | 'upgrade';
      readonly skip_pre_upgrade?: boolean;
      readonly wasm?: string;
      readonly wasm_hex?: string;
      readonly arg: GoldenBytes;
    })
  | (CallFields & { readonly do: 'update' | 'query'; readonly expect: GoldenExpectation })
  | (CallFields & { readonly do: 'submit'; readonly as: number })
  | { readonly do: 'poll'; readonly of: number; readonly expect: GoldenExpectation }
  | { readonly do: 'tick' }
  | { readonly do: 'advance_time'; readonly nanos: string }
  | (OnCanister & { readonly do: 'start_canister' | 'stop_canister' | 'uninstall_code' | 'delete_canister' })
  | {
      readonly do: 'canister_status';
      readonly canister: PrincipalText;
      readonly expect: GoldenStatus;
      readonly seen: GoldenStatusSeen;
    }
  | {
      readonly do: 'stable_memory';
      readonly canister: PrincipalText;
      readonly expect: { readonly length: number; readonly prefix_hex: string };
    }
  | {
      readonly do: 'fetch_canister_logs';
      readonly canister: PrincipalText;
      readonly expect: readonly { readonly idx: string; readonly text: string }[];
    };

export interface GoldenTrace {
  readonly about: string;
  readonly recorded_on: string;
  readonly steps: readonly GoldenStep[];
}

export const GOLDEN_TRACES = [
  'instructions',
  'traps',
  'lifecycle',
  'calls',
  'rounds',
  'time',
  'ingress',
] as const;
export type GoldenTraceName = (typeof GOLDEN_TRACES)[number];

/** Absolute path of a file in the folder of golden traces. */
export function goldenPath(name: string): string {
  return join(PACKAGE_ROOT, 'conformance', 'golden', name);
}

/** The text of the trace's file. */
export function readGoldenText(name: GoldenTraceName): string {
  return readFileSync(goldenPath(`${name}.json`), 'utf8');
}

export function readGoldenTrace(name: GoldenTraceName): GoldenTrace {
  return JSON.parse(readGoldenText(name)) as GoldenTrace;
}

/** Formats a trace as its file has it: JSON with an indent of one space and a final line feed. */
export const formatGoldenTrace = (trace: GoldenTrace): string => `${JSON.stringify(trace, null, 1)}\n`;

export const readGoldenFile = (name: string): Uint8Array => new Uint8Array(readFileSync(goldenPath(name)));

export function goldenBytes(bytes: GoldenBytes): Uint8Array {
  return 'hex' in bytes
    ? new Uint8Array(Buffer.from(bytes.hex, 'hex'))
    : new Uint8Array(bytes.length).fill(bytes.repeat);
}

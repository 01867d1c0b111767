/**
 * A faulty connection to the fake canister: each call has the next fault of a plan.
 */
import type { Clock } from '../clock.js';
import { CallFailure, type UploadConnection } from '../connection.js';
import type { FakeCanister } from './fake-canister.js';

/**
 * - `none`: the call is answered.
 * - `drop-request`: the request is lost.
 * - `drop-response`: the call takes effect, but its answer is lost.
 * - `late`: the connection breaks, but the call takes effect `ms` later.
 * - `slow`: the call takes effect and is answered after `ms`. Other calls may overtake it.
 * - `twice`: the call takes effect at once and again `ms` later. It is answered once.
 * - `silence`: the call takes effect, but neither an answer nor an error arrives.
 * - `busy`: the IC rejects the call temporarily (SYS_TRANSIENT).
 * - `stopped`: the IC rejects the call because the canister is being upgraded (IC0508).
 */
export type Fault =
  | { readonly kind: 'none' | 'drop-request' | 'drop-response' | 'silence' | 'busy' | 'stopped' }
  | { readonly kind: 'late' | 'slow' | 'twice'; readonly ms: number };

/** Faults after which a put may not have arrived, so that it may be sent again. */
export const FORCING: ReadonlySet<Fault['kind']> = new Set(['drop-request', 'late', 'busy', 'stopped']);

export interface SentCall {
  readonly method: string;
  readonly fault: Fault['kind'];
  /** Chunk index of a put. */
  readonly index: number | null;
}

export interface LineOptions {
  readonly clock: Clock;
  readonly caller?: string;
  readonly chunkBytesMax?: number;
  /** What the next call meets; `none` when there is no more. */
  readonly faultOf?: (method: string, index: number | null) => Fault | undefined;
  /** Told before a call takes effect. */
  readonly onCall?: (method: string, index: number | null) => void;
  readonly logsReadable?: boolean;
}

export interface FaultyConnection extends UploadConnection {
  readonly sent: SentCall[];
}

export function connectFake(canister: FakeCanister, options: LineOptions): FaultyConnection {
  const caller = options.caller ?? 'alice';
  const sent: SentCall[] = [];
  const via =
    <A extends unknown[], T>(method: string, effect: (...args: A) => T, indexOf?: (...args: A) => number) =>
    async (...args: A): Promise<T> => {
      const index = indexOf?.(...args) ?? null;
      const fault = options.faultOf?.(method, index) ?? { kind: 'none' };
      sent.push({ method, fault: fault.kind, index });
      return meet(fault, method, options.clock, async () => {
        options.onCall?.(method, index);
        // A message is executed after it was sent, never within the call that sends it.
        await Promise.resolve();
        return effect(...args);
      });
    };
  return {
    caller,
    canister: 'fake',
    chunkBytesMax: options.chunkBytesMax ?? 2_096_128,
    sent,
    config: via('upload_config', () => canister.config),
    capsulesCreate: via('capsules_create', (name: string | null) => canister.capsulesCreate(caller, name)),
    capsulesList: via('capsules_list', () => canister.capsulesList(caller)),
    begin: via('uploads_begin', (...[capsule, asset, chunks, key]: Parameters<UploadConnection['begin']>) =>
      canister.begin(caller, capsule, asset, chunks, key),
    ),
    putChunk: via(
      'uploads_put_chunk',
      (...[id, index, bytes]: Parameters<UploadConnection['putChunk']>) =>
        canister.putChunk(caller, id, index, bytes),
      (_, index) => index,
    ),
    finish: via('uploads_finish', (...[id, hash, total]: Parameters<UploadConnection['finish']>) =>
      canister.finish(caller, id, hash, total),
    ),
    abort: via('uploads_abort', (id: bigint) => canister.abort(caller, id)),
    pause: via('uploads_pause', (id: bigint) => canister.pause(caller, id)),
    resume: via('uploads_resume', (id: bigint) => canister.resume(caller, id)),
    status: via('uploads_status', (id: bigint) => canister.status(caller, id)),
    uploadsList: via('uploads_list', () => canister.uploadsList(caller)),
    blobMeta: via('blob_get_meta', (id: string) => canister.blobMeta(caller, id)),
    blobReadChunk: via('blob_read_chunk', (id: string, index: number) =>
      canister.blobReadChunk(caller, id, index),
    ),
    memoriesCreate: via(
      'memories_create',
      (...[capsule, assets]: Parameters<UploadConnection['memoriesCreate']>) =>
        canister.memoriesCreate(caller, capsule, assets),
    ),
    memoriesRead: via('memories_read', (id: string) => canister.memoriesRead(caller, id)),
    memoriesList: via('memories_list', (id: string) => canister.memoriesList(caller, id)),
    memoriesDelete: via('memories_delete', (id: string) => canister.memoriesDelete(caller, id)),
    logs: via('fetch_canister_logs', () => {
      if (options.logsReadable !== false) return canister.logLines;
      const text = 'Caller is not allowed to access canister logs';
      throw new CallFailure('reject', 'fetch_canister_logs', text, { code: 4, errorCode: 'IC0406', text });
    }),
  };
}

async function meet<T>(fault: Fault, method: string, clock: Clock, effect: () => Promise<T>): Promise<T> {
  const broken = (): CallFailure => new CallFailure('transport', method, 'the connection was reset');
  const rejected = (code: number, errorCode: string, text: string): CallFailure =>
    new CallFailure('reject', method, text, { code, errorCode, text });
  const later = (ms: number): void =>
    void clock
      .sleep(ms)
      .then(effect)
      .catch(() => undefined);
  const effectOrBroken = (): Promise<T> =>
    effect().catch((error: unknown) => {
      throw error instanceof CallFailure ? error : broken();
    });
  switch (fault.kind) {
    case 'none':
      return effectOrBroken();
    case 'drop-request':
      throw broken();
    case 'drop-response':
      await effect();
      throw broken();
    case 'silence':
      await effect();
      return new Promise<never>(() => undefined);
    case 'busy':
      throw rejected(2, 'IC0201', 'Ingress queue is full');
    case 'stopped':
      throw rejected(5, 'IC0508', 'Canister fake is stopped');
    case 'late':
      later(fault.ms);
      throw broken();
    case 'slow':
      await clock.sleep(fault.ms);
      return effectOrBroken();
    case 'twice':
      later(fault.ms);
      return effectOrBroken();
  }
}

/** What canisters pay, and what they must keep. */
import type { Call, PrincipalText } from '../../replica.js';
import { ERROR, userError, type UserError } from '../errors.js';
import { BYTES, CYCLES } from '../params.js';
import type { Canister, CanisterRecord } from '../state/canister.js';
import { canisterHistoryBytes } from '../state/canister-history.js';
import type { Response, ResponseReserve } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { scaledFee, type SubnetProfile } from '../subnet-profile.js';
import type { InstrumentedModule } from '../wasm/artifact.js';
import { INGRESS_NONCE_BYTES } from './ingress-id.js';

const NANOS_PER_SECOND = 1_000_000_000n;
const GIB = 1_073_741_824;

/** Bytes a canister occupies. */
export function memoryUsage(canister: Canister): number {
  const { canisterHistory, snapshots } = canister.record;
  return contentBytes(canister) + canisterHistoryBytes(canisterHistory) + snapshotBytes(snapshots);
}

/** What a snapshot of the canister holds: heap, stable memory, module with globals and custom sections, chunks. */
export function contentBytes({ record, machine, stable }: Canister): number {
  const { module, globals, chunks } = record;
  const code = module
    ? module.originalSize + customSectionBytes(module) + (globals.length + 1) * BYTES.globalSize
    : 0;
  return (machine?.heap.byteLength ?? 0) + stable.byteLength + code + chunks.size * BYTES.chunkMax;
}

export function customSectionBytes({ customSections }: InstrumentedModule): number {
  return customSections.reduce((sum, { name, content }) => sum + name.length + content.length, 0);
}

export function snapshotBytes(snapshots: CanisterRecord['snapshots']): number {
  return snapshots.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
}

/** Cycles per second for memory and compute allocation. */
function idleCyclesPerSecond(canister: Canister): number {
  const { profile, record } = canister;
  if (profile.type === 'system') return 0;
  const { settings } = record;
  const bytes = Math.max(memoryUsage(canister), Number(settings.memoryAllocation));
  const perSecond =
    (bytes * Number(CYCLES.storage)) / GIB + Number(settings.computeAllocation * CYCLES.computePercent);
  return (perSecond * profile.nodes) / 13;
}

export function idleCyclesPerDay(canister: Canister): bigint {
  return BigInt(Math.ceil(idleCyclesPerSecond(canister) * 86_400));
}

/** Below this balance a canister is frozen. */
export function freezeLimit(canister: Canister): bigint {
  return BigInt(
    Math.ceil(idleCyclesPerSecond(canister) * Number(canister.record.settings.freezingThresholdSeconds)),
  );
}

/** Of instructions of the canister's code as it is now; without code, as of wasm32. */
export function executionCost({ record, profile }: Canister, instructions: number): bigint {
  const perInstruction = record.module?.isWasm64 ? CYCLES.instructionWasm64 : CYCLES.instruction;
  return scaledFee(profile, CYCLES.executionBase + perInstruction * BigInt(Math.ceil(instructions)));
}

export function responseReserve(canister: Canister): ResponseReserve {
  return {
    execution: executionCost(canister, canister.profile.limits.messageMax),
    transmission: transmissionCost(canister, BYTES.replyMax),
  };
}

function transmissionCost({ profile }: Canister, bytes: number): bigint {
  return scaledFee(profile, CYCLES.xnetByte * BigInt(bytes));
}

/** The response is there: what it did not use of its reserve returns; the callback's share returns before it is charged. */
export function releaseReserve(canister: Canister, reserve: ResponseReserve, response: Response): void {
  const bytes =
    response.kind === 'reply' ? response.bytes.length : Buffer.byteLength(response.textForCanisters);
  const used = transmissionCost(canister, bytes);
  const unused = used < reserve.transmission ? reserve.transmission - used : 0n;
  canister.record.cycles += reserve.execution + unused;
}

/** A message runs only if the canister could pay for its whole limit. */
export function checkMessageFee(
  canister: Canister,
  instructionLimit: number,
  caller: PrincipalText,
): UserError | undefined {
  return checkFee(canister, executionCost(canister, instructionLimit), caller);
}

/** Why a canister cannot pay without freezing; undefined = it can. Who controls it learns what it lacks. */
export function checkFee(canister: Canister, cost: bigint, caller: PrincipalText): UserError | undefined {
  const { cycles, settings } = canister.record;
  const required = freezeLimit(canister) + cost;
  if (cycles >= required) return undefined;
  const topUp = settings.controllers.includes(caller)
    ? `: please top up the canister with at least ${required - cycles} additional cycles`
    : '';
  return userError(ERROR.canisterOutOfCycles, `Canister ${canister.id} is out of cycles${topUp}`);
}

/** What taking an ingress message costs the canister that it is for, or about: method name, argument and nonce count. */
export function ingressCost(profile: SubnetProfile, { method, arg }: Pick<Call, 'method' | 'arg'>): bigint {
  const bytes = Buffer.byteLength(method) + arg.length + INGRESS_NONCE_BYTES;
  return scaledFee(profile, CYCLES.ingress) + scaledFee(profile, CYCLES.ingressByte * BigInt(bytes));
}

export function spend(canister: Canister, amount: bigint): void {
  const { cycles } = canister.record;
  canister.record.cycles = cycles > amount ? cycles - amount : 0n;
}

/** Charge all canisters for the time that passed, in steps of 10 seconds. Returns those with code that could not pay. */
export function chargeForTime(subnet: Subnet, periodNs: bigint): readonly Canister[] {
  const elapsed = subnet.timeNs - subnet.record.chargedAtNs;
  if (elapsed < periodNs) return [];
  const broke: Canister[] = [];
  subnet.record.chargedAtNs = subnet.timeNs;
  const seconds = Number(elapsed / NANOS_PER_SECOND);
  for (const canister of subnet.canisters.values()) {
    const cost = BigInt(Math.ceil(idleCyclesPerSecond(canister) * seconds));
    if (canister.machine && canister.record.cycles < cost) broke.push(canister);
    spend(canister, cost);
  }
  return broke;
}

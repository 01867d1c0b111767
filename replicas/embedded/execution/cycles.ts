/** Cycle costs: memory, execution, messages, and the balance that a canister must keep. */
import type { Call, PrincipalText } from '../../replica.js';
import { ERROR, userError, type UserError } from '../errors.js';
import { BYTES, CYCLES } from '../params.js';
import type { Canister, CanisterRecord } from '../state/canister.js';
import { canisterHistoryBytes } from '../state/canister-history.js';
import type { Response, ResponseReserve } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { REFERENCE_NODES, scaledFee, type SubnetProfile } from '../subnet-profile.js';
import type { InstrumentedModule } from '../wasm/instrumented-module.js';
import { INGRESS_NONCE_BYTES } from './ingress-id.js';

const NANOS_PER_SECOND = 1_000_000_000n;
const GIB = 1_073_741_824;

/** The memory usage of a canister in bytes, including its canister history and its snapshots. */
export function memoryUsage(canister: Canister): number {
  const { canisterHistory, snapshots } = canister.record;
  return contentBytes(canister) + canisterHistoryBytes(canisterHistory) + snapshotBytes(snapshots);
}

/** The bytes that a snapshot of the canister holds: heap, stable memory, module, globals, custom sections, and chunks. */
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

/** The price of memory and compute allocation in cycles per second. */
function idleCyclesPerSecond(canister: Canister): number {
  const { profile, record } = canister;
  if (profile.type === 'system') return 0;
  const { settings } = record;
  const bytes = Math.max(memoryUsage(canister), Number(settings.memoryAllocation));
  const perSecond =
    (bytes * Number(CYCLES.storage)) / GIB + Number(settings.computeAllocation * CYCLES.computePercent);
  return (perSecond * profile.nodes) / REFERENCE_NODES;
}

export function idleCyclesPerDay(canister: Canister): bigint {
  return BigInt(Math.ceil(idleCyclesPerSecond(canister) * 86_400));
}

/** The balance below which the canister is frozen. */
export function freezeLimit(canister: Canister): bigint {
  return BigInt(
    Math.ceil(idleCyclesPerSecond(canister) * Number(canister.record.settings.freezingThresholdSeconds)),
  );
}

/** The cost of executing instructions of the installed code. An empty canister pays the price of wasm32. */
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

/** Returns the reserve of a call whose response arrived, less the cost of the response. The callback is charged separately. */
export function releaseReserve(canister: Canister, reserve: ResponseReserve, response: Response): void {
  const bytes =
    response.kind === 'reply' ? response.bytes.length : Buffer.byteLength(response.textForCanisters);
  const used = transmissionCost(canister, bytes);
  const unused = used < reserve.transmission ? reserve.transmission - used : 0n;
  canister.record.cycles += reserve.execution + unused;
}

/** Returns an error if the canister cannot pay for the whole instruction limit of a message. */
export function checkMessageFee(
  canister: Canister,
  instructionLimit: number,
  caller: PrincipalText,
): UserError | undefined {
  return checkFee(canister, executionCost(canister, instructionLimit), caller);
}

/** Returns an error if the canister cannot pay without freezing. Only a controller learns the missing amount. */
export function checkFee(canister: Canister, cost: bigint, caller: PrincipalText): UserError | undefined {
  const { cycles, settings } = canister.record;
  const required = freezeLimit(canister) + cost;
  if (cycles >= required) return undefined;
  const topUp = settings.controllers.includes(caller)
    ? `: please top up the canister with at least ${required - cycles} additional cycles`
    : '';
  return userError(ERROR.canisterOutOfCycles, `Canister ${canister.id} is out of cycles${topUp}`);
}

/** The cost of accepting an ingress message, for its method name, argument, and nonce. */
export function ingressCost(profile: SubnetProfile, { method, arg }: Pick<Call, 'method' | 'arg'>): bigint {
  const bytes = Buffer.byteLength(method) + arg.length + INGRESS_NONCE_BYTES;
  return scaledFee(profile, CYCLES.ingress) + scaledFee(profile, CYCLES.ingressByte * BigInt(bytes));
}

/** Takes cycles from the canister, down to a balance of 0. */
export function spend(canister: Canister, amount: bigint): void {
  const { cycles } = canister.record;
  canister.record.cycles = cycles > amount ? cycles - amount : 0n;
}

/**
 * Charges all canisters for memory and compute allocation since the last charge, if that is at least `periodNs` ago. Returns the canisters
 * with code that could not pay.
 */
export function chargeForTime(subnet: Subnet, periodNs: bigint): readonly Canister[] {
  const elapsed = subnet.timeNs - subnet.record.chargedAtNs;
  if (elapsed < periodNs) return [];
  const unpaid: Canister[] = [];
  subnet.record.chargedAtNs = subnet.timeNs;
  const seconds = Number(elapsed / NANOS_PER_SECOND);
  for (const canister of subnet.canisters.values()) {
    const cost = BigInt(Math.ceil(idleCyclesPerSecond(canister) * seconds));
    if (canister.machine && canister.record.cycles < cost) unpaid.push(canister);
    spend(canister, cost);
  }
  return unpaid;
}

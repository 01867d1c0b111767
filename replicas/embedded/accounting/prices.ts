/**
 * The price list: what each service costs on a subnet, in cycles.
 *
 * Prices are proportional to the number of nodes. `params.ts` has the prices for 13 nodes. Source: the public price list ("Cycles
 * costs" in the documentation of the Internet Computer), and the interface specification for what is charged. The rounding is
 * recorded: trace 09 for transmission and execution, traces 04 and 06 for storage.
 */
import { BYTES, CYCLES } from '../params.js';
import type { SubnetProfile } from '../subnet-profile.js';

/** Number of nodes of the subnet that the prices in `params.ts` are for. */
const REFERENCE_NODES = 13;
const GIB = 1_073_741_824n;

/** Whether canisters of the subnet pay for execution, messages, and storage. */
export function isFree({ type, costSchedule }: SubnetProfile): boolean {
  return type === 'system' || costSchedule === 'free';
}

/** The fee on this subnet for a service that costs `amount` on 13 nodes. */
function scaled(profile: SubnetProfile, amount: bigint): bigint {
  return isFree(profile) ? 0n : scaledByNodes(profile, amount);
}

function scaledByNodes({ nodes }: SubnetProfile, amount: bigint): bigint {
  // The usual size needs no division, which would cost time in every message.
  return nodes === REFERENCE_NODES ? amount : (amount * BigInt(nodes)) / BigInt(REFERENCE_NODES);
}

export function creationFee(profile: SubnetProfile): bigint {
  return scaled(profile, CYCLES.createCanister);
}

/** The fee for accepting an ingress message of this size. */
export function ingressFee(profile: SubnetProfile, bytes: number): bigint {
  return scaled(profile, CYCLES.ingress + CYCLES.ingressByte * BigInt(bytes));
}

function instructionPrice(instructions: number, isWasm64: boolean): bigint {
  const each = isWasm64 ? CYCLES.instructionWasm64 : CYCLES.instruction;
  return each * BigInt(Math.ceil(instructions));
}

/** The fee for executing a message with this number of instructions. */
export function executionFee(profile: SubnetProfile, instructions: number, isWasm64: boolean): bigint {
  return scaled(profile, CYCLES.executionBase + instructionPrice(instructions, isWasm64));
}

/** What the fee for the whole instruction limit returns for instructions that were not executed. */
export function unusedInstructionsRefund(
  profile: SubnetProfile,
  instructions: number,
  isWasm64: boolean,
): bigint {
  return scaled(profile, instructionPrice(Math.max(0, instructions), isWasm64));
}

/** The fee for sending a call, for the bytes of its method name and payload. */
export function requestFee(profile: SubnetProfile, bytes: number): bigint {
  return scaled(profile, CYCLES.xnetCall) + transmissionFee(profile, bytes);
}

export function transmissionFee(profile: SubnetProfile, bytes: number): bigint {
  return scaled(profile, CYCLES.xnetByte * BigInt(bytes));
}

/** Cycles that the caller sets aside when it sends a call and gets back, less the actual cost, when the response arrives. */
export interface ResponseReserve {
  /** The fee for the callback up to its instruction limit. */
  readonly execution: bigint;
  /** The fee for a response of the maximum size. */
  readonly transmission: bigint;
}

export function responseReserve(profile: SubnetProfile, isWasm64: boolean): ResponseReserve {
  return {
    execution: executionFee(profile, profile.limits.messageMax, isWasm64),
    transmission: transmissionFee(profile, BYTES.replyMax),
  };
}

/**
 * What `ic0.cost_call` returns: the fee and the reserve of a call. It is not scaled by the number of nodes. Recorded: trace 09, the
 * same amount on subnets of 13 and of 34 nodes.
 */
export function quotedCallCost(profile: SubnetProfile, bytes: bigint, isWasm64: boolean): bigint {
  if (isFree(profile)) return 0n;
  const reference = { ...profile, nodes: REFERENCE_NODES };
  const { execution, transmission } = responseReserve(reference, isWasm64);
  return CYCLES.xnetCall + CYCLES.xnetByte * bytes + execution + transmission;
}

/** The fee of an HTTP outcall on n nodes: (3,000,000 + 60,000·n + 400·requestBytes + 800·responseBytesMax)·n cycles. */
export function outcallFee(profile: SubnetProfile, requestBytes: bigint, responseBytesMax: bigint): bigint {
  if (isFree(profile)) return 0n;
  const { outcall, outcallNode, outcallRequestByte, outcallResponseByte } = CYCLES;
  const nodes = BigInt(profile.nodes);
  const perNode =
    outcall +
    outcallNode * nodes +
    outcallRequestByte * requestBytes +
    outcallResponseByte * responseBytesMax;
  return perNode * nodes;
}

/** The fee of a signature or key derivation on the subnet that holds the key. Unlike other services, it costs on system subnets too. */
export function thresholdKeyFee(profile: SubnetProfile): bigint {
  return profile.costSchedule === 'free' ? 0n : scaledByNodes(profile, CYCLES.thresholdKey);
}

/** The price of memory for a time. */
export function storageFee(profile: SubnetProfile, bytes: bigint, seconds: bigint): bigint {
  return scaled(profile, (bytes * CYCLES.storage * seconds) / GIB);
}

/** The price of a compute allocation for a time. */
export function computeFee(profile: SubnetProfile, percent: bigint, seconds: bigint): bigint {
  return scaled(profile, CYCLES.computePercent * seconds * percent);
}

/**
 * The account of a canister between messages: prepayment and refund of executions, ingress messages, storage over time, and growth of
 * memory by the management canister. All arithmetic is in `accounting/`.
 *
 * Source: interface specification, "Canister cycles"; recorded: traces 04, 06, and 09.
 */
import type { PrincipalText } from '../../replica.js';
import { outOfCycles } from '../accounting/account-errors.js';
import {
  costForSeconds,
  freezingThreshold,
  idleCyclesPerDay,
  idleCyclesPerDayByResource,
  type Holdings,
} from '../accounting/holdings.js';
import { addCycles } from '../accounting/message-account.js';
import {
  executionFee,
  isFree,
  responseReserve,
  transmissionFee,
  unusedInstructionsRefund,
  type ResponseReserve,
} from '../accounting/prices.js';
import type { UserError } from '../errors.js';
import { TIMES_NS } from '../params.js';
import type { Canister } from '../state/canister.js';
import { holdingsOf } from '../state/canister-memory.js';
import { responsePayloadBytes, type Response } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';

const NANOS_PER_SECOND = 1_000_000_000n;

/** The fee for all instructions that a message may execute. It left the balance before the message, and the unused part returns. */
export interface Prepayment {
  readonly cycles: bigint;
  readonly instructionLimit: number;
  readonly isWasm64: boolean;
}

/** Whether the installed code has 64-bit addresses. An empty canister pays the price of 32 bits. */
export function hasWasm64Code({ record }: Canister): boolean {
  return record.module?.isWasm64 ?? false;
}

/** Takes the fee for a whole instruction limit, or returns an error if the canister would freeze. */
export function prepay(
  canister: Canister,
  instructionLimit: number,
  caller: PrincipalText,
  isWasm64 = hasWasm64Code(canister),
): Prepayment | UserError {
  const cycles = executionFee(canister.profile, instructionLimit, isWasm64);
  const unpaid = withdraw(canister, cycles, caller);
  return unpaid ?? { cycles, instructionLimit, isWasm64 };
}

export function isPrepayment(value: Prepayment | UserError): value is Prepayment {
  return 'cycles' in value;
}

/** Counts the instructions of a message, and returns the part of the prepayment that it did not use. */
export function settle(canister: Canister, prepayment: Prepayment, instructions: number): void {
  canister.record.instructions += instructions;
  receive(canister, refundOf(canister, prepayment, instructions));
}

/** The part of a prepayment that a message with this number of instructions does not use. */
export function refundOf({ profile }: Canister, prepayment: Prepayment, instructions: number): bigint {
  const { cycles, instructionLimit, isWasm64 } = prepayment;
  const refund = unusedInstructionsRefund(profile, instructionLimit - instructions, isWasm64);
  return refund < cycles ? refund : cycles;
}

/** Adds cycles to the balance. */
export function receive(canister: Canister, amount: bigint): void {
  canister.record.cycles = addCycles(canister.record.cycles, amount);
}

/** Takes cycles from the balance, or returns an error if the canister would freeze. */
export function withdraw(
  canister: Canister,
  amount: bigint,
  caller: PrincipalText | undefined,
  holdings = holdingsOf(canister),
): UserError | undefined {
  const unpaid = withdrawalError(canister, amount, caller, holdings);
  if (!unpaid && !isFree(canister.profile)) canister.record.cycles -= amount;
  return unpaid;
}

/** The error if the canister cannot pay this amount without freezing. Only a controller learns the missing cycles. */
export function withdrawalError(
  canister: Canister,
  amount: bigint,
  caller: PrincipalText | undefined,
  holdings: Holdings = holdingsOf(canister),
): UserError | undefined {
  const { cycles, settings } = canister.record;
  const required = amount + freezingThreshold(canister.profile, holdings);
  if (amount === 0n || cycles >= required) return undefined;
  const isController = caller !== undefined && settings.controllers.includes(caller);
  return outOfCycles(canister.id, isController ? required - cycles : undefined);
}

/** Whether the canister holds less than its freezing threshold. */
export function isFrozen(canister: Canister): boolean {
  return canister.record.cycles < freezingThreshold(canister.profile, holdingsOf(canister));
}

export function idleCyclesOf(canister: Canister): bigint {
  return idleCyclesPerDay(canister.profile, holdingsOf(canister));
}

/** What a call of the canister sets aside for its response. */
export function reserveForResponse(canister: Canister): ResponseReserve {
  return responseReserve(canister.profile, hasWasm64Code(canister));
}

/** Returns the part of the reserve that the transmission of the response did not use. The callback uses the other part. */
export function receiveResponse(canister: Canister, reserve: ResponseReserve, response: Response): void {
  const used = transmissionFee(canister.profile, responsePayloadBytes(response));
  if (used < reserve.transmission) receive(canister, reserve.transmission - used);
}

/** The prepayment of a callback, which was made when its call was sent. */
export function callbackPrepayment(canister: Canister, { execution }: ResponseReserve): Prepayment {
  return {
    cycles: execution,
    instructionLimit: canister.profile.limits.messageMax,
    isWasm64: hasWasm64Code(canister),
  };
}

/** Moves cycles from the balance to the reserve for storage. The caller has checked that they are there. */
export function reserveCycles({ record }: Canister, amount: bigint): void {
  record.cycles -= amount;
  record.reservedCycles += amount;
}

/**
 * Charges canisters for memory and compute allocation, each after a period of 10 s since its last charge. Returns the canisters that
 * could not pay.
 */
export function chargeForTime(subnet: Subnet): readonly Canister[] {
  const unpaid: Canister[] = [];
  for (const canister of subnet.canisters.values()) {
    const { record } = canister;
    const elapsedNs = subnet.timeNs - record.chargedAtNs;
    if (elapsedNs < TIMES_NS.chargePeriod) continue;
    record.chargedAtNs = subnet.timeNs;
    if (!payForTime(canister, elapsedNs / NANOS_PER_SECOND)) unpaid.push(canister);
  }
  return unpaid;
}

function payForTime(canister: Canister, seconds: bigint): boolean {
  const { record, profile } = canister;
  for (const perDay of idleCyclesPerDayByResource(profile, holdingsOf(canister))) {
    const cost = costForSeconds(perDay, seconds);
    if (cost > record.cycles + record.reservedCycles) return false;
    const fromReserve = cost < record.reservedCycles ? cost : record.reservedCycles;
    record.reservedCycles -= fromReserve;
    record.cycles -= cost - fromReserve;
  }
  return true;
}

/**
 * The account of a running message: the cycles and the memory of its canister, with all checks of what the message may spend and how
 * far it may grow. The message changes only its account. A commit copies the account to the canister.
 *
 * Source: interface specification, "Canister cycles", "Memory usage", and "System API"; recorded: trace 04 for each kind of message,
 * trace 06 for allocations and limits.
 */
import type { PrincipalText } from '../../replica.js';
import { FaultError } from '../errors.js';
import { CYCLES, BYTES } from '../params.js';
import type { SubnetProfile } from '../subnet-profile.js';
import {
  attachedTooMuch,
  memoryGrowthUnpaid,
  outOfMemory,
  reservedLimitExceeded,
  wasmMemoryLimitExceeded,
} from './account-errors.js';
import { freezingThreshold, RESPONSE_RESERVE_BYTES, type Holdings } from './holdings.js';
import { requestFee, responseReserve, type ResponseReserve } from './prices.js';
import { storageReservation, type MemoryShare } from './subnet-memory.js';

/** What applies to a kind of message. */
export interface AccountRules {
  /** Growth that would freeze the canister fails the message. */
  readonly mayNotFreeze: boolean;
  /** Growth takes memory of the subnet and reserves cycles for it. */
  readonly takesSubnetMemory: boolean;
  /** The limit of the settings applies to growth of the heap. */
  readonly limitsHeap: boolean;
  /** Sent calls cost nothing, because the state of the message is dropped. */
  readonly isDropped: boolean;
}

export interface AccountInput {
  readonly canister: PrincipalText;
  readonly profile: SubnetProfile;
  readonly isWasm64: boolean;
  /** Cycles without those that are set aside for the execution of the message. */
  readonly balance: bigint;
  readonly holdings: Holdings;
  readonly reservedCyclesLimit: bigint;
  /** Limit of the settings in bytes; 0 = none. */
  readonly wasmMemoryLimit: bigint;
  readonly rules: AccountRules;
  /** Whether the caller may learn how many cycles are missing. */
  readonly revealsMissingCycles: boolean;
  /** The memory that the canister may take of its subnet. Called when the message first grows. */
  readonly shareOfSubnet: () => MemoryShare;
}

/** A call whose cost is about to be paid. */
export interface SentCall {
  /** Of method name and payload. */
  readonly bytes: number;
  readonly isBestEffort: boolean;
}

export class MessageAccount {
  readonly #input: AccountInput;
  #balance: bigint;
  #reserved: bigint;
  #memoryBytes: number;
  #messageBytes: number;
  #share: MemoryShare | undefined;
  #responseReserve: ResponseReserve | undefined;

  constructor(input: AccountInput) {
    this.#input = input;
    this.#balance = input.balance;
    this.#reserved = input.holdings.reservedCycles;
    this.#memoryBytes = input.holdings.memoryBytes;
    this.#messageBytes = input.holdings.messageBytes;
  }

  get profile(): SubnetProfile {
    return this.#input.profile;
  }
  get isWasm64(): boolean {
    return this.#input.isWasm64;
  }
  get balance(): bigint {
    return this.#balance;
  }
  /** Cycles that are set aside for storage, those of this message included. */
  get reserved(): bigint {
    return this.#reserved;
  }

  /** The cycles that the canister can spend without freezing. */
  get liquid(): bigint {
    const spendable = this.#balance - this.#threshold();
    return spendable < 0n ? 0n : spendable;
  }

  /** Takes over what came to the canister, or left it, while the message was paused. Both amounts may be negative. */
  adjust(balance: bigint, reserved: bigint): void {
    this.#balance += balance;
    this.#reserved += reserved;
  }

  receive(amount: bigint): void {
    this.#balance = addCycles(this.#balance, amount);
  }

  /** Adds as many of the minted cycles as fit, and returns their number. */
  mint(amount: bigint): bigint {
    const before = this.#balance;
    this.receive(amount);
    return this.#balance - before;
  }

  /** Destroys up to this many liquid cycles, and returns their number. */
  burn(amount: bigint): bigint {
    const { liquid } = this;
    const burned = amount < liquid ? amount : liquid;
    this.#balance -= burned;
    return burned;
  }

  /** Takes cycles that a call will carry. @throws FaultError if the canister would freeze */
  attach(amount: bigint): void {
    if (amount > this.liquid) throw new FaultError(attachedTooMuch(this.#input.canister));
    this.#balance -= amount;
  }

  /** Pays for a call and for its response. Returns false, without any effect, if the canister would freeze. */
  send({ bytes, isBestEffort }: SentCall): boolean {
    const { profile, rules } = this.#input;
    const messageBytes = this.#messageBytes + messageBytesOf(profile, bytes, isBestEffort);
    const threshold = this.#threshold(this.#memoryBytes, messageBytes);
    if (rules.mayNotFreeze && this.#balance < threshold) return false;
    const { execution, transmission } = (this.#responseReserve ??= responseReserve(profile, this.isWasm64));
    const cost = requestFee(profile, bytes) + execution + transmission;
    if (cost > 0n && this.#balance < threshold + cost) return false;
    if (rules.isDropped) return true;
    this.#balance -= cost;
    this.#messageBytes = messageBytes;
    return true;
  }

  /** Accounts for a growth of the heap to `heapBytes`. @throws FaultError if a limit forbids it or the canister cannot pay for it */
  growHeap(heapBytes: number, growthBytes: number): void {
    const { rules, wasmMemoryLimit: limit } = this.#input;
    if (rules.limitsHeap && limit > 0n && heapBytes > limit) {
      throw new FaultError(wasmMemoryLimitExceeded(heapBytes, limit));
    }
    if (!this.#grow(growthBytes)) throw new FaultError(outOfMemory());
  }

  /** Checks a growth of the heap, and does not account for it. @throws FaultError like `growHeap` */
  checkHeapGrowth(heapBytes: number, growthBytes: number): void {
    const before = [this.#balance, this.#reserved, this.#memoryBytes, this.#share] as const;
    this.growHeap(heapBytes, growthBytes);
    [this.#balance, this.#reserved, this.#memoryBytes, this.#share] = before;
  }

  /** Accounts for a growth of the stable memory. Returns false if there is no memory. @throws FaultError if the canister cannot pay */
  growStable(growthBytes: number): boolean {
    return this.#grow(growthBytes);
  }

  #grow(bytes: number): boolean {
    const { holdings, rules } = this.#input;
    const grown = this.#memoryBytes + bytes;
    const isAllocated = holdings.memoryAllocation > 0n;
    if (rules.mayNotFreeze && bytes > 0 && !(isAllocated && grown <= holdings.memoryAllocation)) {
      const threshold = this.#threshold(grown);
      if (this.#balance < threshold) throw this.#unpaid(bytes, threshold);
    }
    if (isAllocated) {
      if (grown > holdings.memoryAllocation) return false;
    } else if (rules.takesSubnetMemory && bytes > 0 && !this.#takeSubnetMemory(bytes)) {
      return false;
    }
    this.#memoryBytes = grown;
    return true;
  }

  #takeSubnetMemory(bytes: number): boolean {
    const { profile, reservedCyclesLimit: limit, shareOfSubnet } = this.#input;
    const share = (this.#share ??= shareOfSubnet());
    if (bytes > share.available) return false;
    const reservation = storageReservation(profile, share, bytes);
    const reserved = this.#reserved + reservation;
    if (reserved > limit) throw new FaultError(reservedLimitExceeded(bytes, limit, reserved - limit));
    if (this.#balance < reservation) throw this.#unpaid(bytes, reservation);
    this.#balance -= reservation;
    this.#reserved = reserved;
    this.#share = { available: share.available - bytes };
    return true;
  }

  #unpaid(bytes: number, required: bigint): FaultError {
    const missing = this.#input.revealsMissingCycles ? required - this.#balance : undefined;
    return new FaultError(memoryGrowthUnpaid(bytes, missing));
  }

  #threshold(memoryBytes = this.#memoryBytes, messageBytes = this.#messageBytes): bigint {
    const { profile, holdings } = this.#input;
    return freezingThreshold(profile, {
      ...holdings,
      memoryBytes,
      messageBytes,
      reservedCycles: this.#reserved,
    });
  }
}

/** The bytes by which a call adds to the memory of its sender's messages. System subnets do not count them. */
function messageBytesOf({ type }: SubnetProfile, bytes: number, isBestEffort: boolean): number {
  if (type === 'system') return 0;
  const request = BYTES.requestOverhead + bytes;
  return isBestEffort ? request : Math.max(RESPONSE_RESERVE_BYTES, request);
}

/** Adds cycles to a balance, up to the largest balance. */
export function addCycles(balance: bigint, amount: bigint): bigint {
  const sum = balance + amount;
  return sum < CYCLES.balanceMax ? sum : CYCLES.balanceMax;
}

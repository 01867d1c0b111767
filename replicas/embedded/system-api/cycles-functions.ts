/** `ic0` functions for cycles: balances, acceptance, burning, and costs. */
import { CYCLES } from '../params.js';
import { scaledFee, type SubnetProfile } from '../subnet-profile.js';
import { readHeap, unsigned, violate, wide, writeWide, type Host } from './host.js';

/** The cycles minting canister of the mainnet. */
const CYCLES_MINTING_CANISTER = 'rkp4c-7iaaa-aaaaa-aaaca-cai';
const U64_MAX = (1n << 64n) - 1n;
/** Names of the threshold keys that a PocketIC subnet may hold. */
const KEY_NAMES: ReadonlySet<string> = new Set(['dfx_test_key', 'test_key_1', 'key_1']);
const ECDSA_CURVES = 1;
const SCHNORR_ALGORITHMS = 2;
const VETKD_CURVES = 1;
const COST_OK = 0;
const COST_BAD_ALGORITHM = 1;
const COST_UNKNOWN_KEY = 2;

export function createCyclesFunctions(host: Host) {
  return {
    canister_cycle_balance: (): bigint => narrow(host.message.balance),
    canister_cycle_balance128: (dst: number): void =>
      writeWide(host, 'canister_cycle_balance128', dst, host.message.balance),
    canister_liquid_cycle_balance128: (dst: number): void =>
      writeWide(host, 'canister_liquid_cycle_balance128', dst, liquid(host)),

    msg_cycles_available: (): bigint => narrow(host.message.cyclesAvailable),
    msg_cycles_available128: (dst: number): void =>
      writeWide(host, 'msg_cycles_available128', dst, host.message.cyclesAvailable),
    msg_cycles_refunded: (): bigint => narrow(host.message.cyclesRefunded),
    msg_cycles_refunded128: (dst: number): void =>
      writeWide(host, 'msg_cycles_refunded128', dst, host.message.cyclesRefunded),
    msg_cycles_accept: (max: bigint): bigint => accept(host, BigInt.asUintN(64, max)),
    msg_cycles_accept128: (high: bigint, low: bigint, dst: number): void =>
      writeWide(host, 'msg_cycles_accept128', dst, accept(host, wide(high, low)), 2),

    cycles_burn128: (high: bigint, low: bigint, dst: number): void => {
      const wanted = wide(high, low);
      const available = liquid(host);
      const burned = wanted < available ? wanted : available;
      host.message.balance -= burned;
      writeWide(host, 'cycles_burn128', dst, burned, 2);
    },
    mint_cycles128: (high: bigint, low: bigint, dst: number): void => {
      const { self } = host.message.environment;
      if (self !== CYCLES_MINTING_CANISTER) {
        violate(
          `ic0.mint_cycles cannot be executed on non Cycles Minting Canister: ${self} != ${CYCLES_MINTING_CANISTER}`,
        );
      }
      const minted = wide(high, low);
      host.message.balance += minted;
      writeWide(host, 'mint_cycles_128', dst, minted, 2);
    },

    cost_call: (nameBytes: bigint, payloadBytes: bigint, dst: number): void => {
      const bytes = BigInt.asUintN(64, nameBytes) + BigInt.asUintN(64, payloadBytes);
      writeWide(host, 'cost_call', dst, callFee(host.message.environment.profile, bytes), 2);
    },
    cost_create_canister: (dst: number): void =>
      writeWide(
        host,
        'cost_create_canister',
        dst,
        scaledFee(host.message.environment.profile, CYCLES.createCanister),
      ),
    cost_http_request: (requestBytes: bigint, responseBytes: bigint, dst: number): void =>
      writeWide(
        host,
        'cost_http_request',
        dst,
        httpRequestFee(
          host.message.environment.profile,
          BigInt.asUintN(64, requestBytes),
          BigInt.asUintN(64, responseBytes),
        ),
        2,
      ),
    cost_sign_with_ecdsa: (src: number, size: number, curve: number, dst: number): number =>
      keyCost(host, 'cost_sign_with_ecdsa', ECDSA_CURVES, [src, size, curve, dst]),
    cost_sign_with_schnorr: (src: number, size: number, algorithm: number, dst: number): number =>
      keyCost(host, 'cost_sign_with_schnorr', SCHNORR_ALGORITHMS, [src, size, algorithm, dst]),
    cost_vetkd_derive_key: (src: number, size: number, curve: number, dst: number): number =>
      keyCost(host, 'cost_vetkd_derive_key', VETKD_CURVES, [src, size, curve, dst]),
  };
}

/** The fee for sending a call, for the bytes of its method name and payload. */
export function callFee(profile: SubnetProfile, bytes: bigint): bigint {
  return scaledFee(profile, CYCLES.xnetCall) + scaledFee(profile, CYCLES.xnetByte * bytes);
}

/**
 * The fee of an HTTP outcall on n nodes: (3,000,000 + 60,000·n + 400·requestBytes + 800·responseBytesMax)·n cycles. System subnets are
 * free.
 */
export function httpRequestFee(
  { type, nodes }: SubnetProfile,
  requestBytes: bigint,
  responseBytesMax: bigint,
): bigint {
  if (type === 'system') return 0n;
  const n = BigInt(nodes);
  return (3_000_000n + 60_000n * n + 400n * requestBytes + 800n * responseBytesMax) * n;
}

function narrow(amount: bigint): bigint {
  return amount > U64_MAX
    ? violate('cycles amount exceeds 64-bit representation')
    : BigInt.asIntN(64, amount);
}

/** The cycles that the canister can spend without freezing. */
function liquid({ message }: Host): bigint {
  const spendable = message.balance - message.environment.freezeLimit;
  return spendable < 0n ? 0n : spendable;
}

function accept({ message }: Host, max: bigint): bigint {
  const amount = max < message.cyclesAvailable ? max : message.cyclesAvailable;
  message.cyclesAvailable -= amount;
  message.balance += amount;
  return amount;
}

function keyCost(
  host: Host,
  name: string,
  algorithms: number,
  [src, size, algorithm, dst]: readonly [number, number, number, number],
): number {
  const key = Buffer.from(readHeap(host, `ic0.${name} heap`, unsigned(src), unsigned(size))).toString(
    'latin1',
  );
  if (algorithm >>> 0 >= algorithms) return COST_BAD_ALGORITHM;
  if (!KEY_NAMES.has(key)) return COST_UNKNOWN_KEY;
  writeWide(host, name, dst, CYCLES.thresholdKey, 3);
  return COST_OK;
}

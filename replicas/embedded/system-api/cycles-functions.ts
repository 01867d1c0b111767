/** `ic0` functions for cycles: balances, acceptance, burning, and costs. */
import { creationFee, outcallFee, quotedCallCost, thresholdKeyFee } from '../accounting/prices.js';
import { isHeldKey } from '../threshold-keys/key-derivation.js';
import { readHeap, unsigned, violate, wide, writeWide, type Host } from './host.js';

/** The cycles minting canister of the mainnet. */
const CYCLES_MINTING_CANISTER = 'rkp4c-7iaaa-aaaaa-aaaca-cai';
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lossyUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const U64_MAX = (1n << 64n) - 1n;
const ECDSA_CURVES = 1;
const SCHNORR_ALGORITHMS = 2;
const VETKD_CURVES = 1;
const COST_OK = 0;
const COST_BAD_ALGORITHM = 1;
const COST_UNKNOWN_KEY = 2;

export function createCyclesFunctions(host: Host) {
  return {
    canister_cycle_balance: (): bigint => narrow(readBalance(host)),
    canister_cycle_balance128: (dst: number): void =>
      writeWide(host, 'canister_cycle_balance128', dst, readBalance(host)),
    canister_liquid_cycle_balance128: (dst: number): void =>
      writeWide(host, 'canister_liquid_cycle_balance128', dst, host.message.account.liquid),

    msg_cycles_available: (): bigint => narrow(host.message.cyclesAvailable),
    msg_cycles_available128: (dst: number): void =>
      writeWide(host, 'msg_cycles_available128', dst, host.message.cyclesAvailable),
    msg_cycles_refunded: (): bigint => narrow(host.message.cyclesRefunded),
    msg_cycles_refunded128: (dst: number): void =>
      writeWide(host, 'msg_cycles_refunded128', dst, host.message.cyclesRefunded),
    msg_cycles_accept: (max: bigint): bigint => accept(host, BigInt.asUintN(64, max)),
    msg_cycles_accept128: (high: bigint, low: bigint, dst: number): void =>
      writeWide(host, 'msg_cycles_accept128', dst, accept(host, wide(high, low)), 2),

    cycles_burn128: (high: bigint, low: bigint, dst: number): void =>
      writeWide(host, 'cycles_burn128', dst, host.message.account.burn(wide(high, low)), 2),
    mint_cycles128: (high: bigint, low: bigint, dst: number): void => {
      const { self } = host.message.environment;
      if (self !== CYCLES_MINTING_CANISTER) {
        violate(
          `ic0.mint_cycles128 cannot be executed on non Cycles Minting Canister: ${self} != ${CYCLES_MINTING_CANISTER}`,
        );
      }
      writeWide(host, 'mint_cycles_128', dst, host.message.account.mint(wide(high, low)), 2);
    },

    cost_call: (nameBytes: bigint, payloadBytes: bigint, dst: number): void => {
      const sum = BigInt.asUintN(64, nameBytes) + BigInt.asUintN(64, payloadBytes);
      const bytes = sum > U64_MAX ? U64_MAX : sum;
      const { profile, isWasm64 } = host.message.account;
      writeWide(host, 'cost_call', dst, quotedCallCost(profile, bytes, isWasm64), 2);
    },
    cost_create_canister: (dst: number): void =>
      writeWide(host, 'cost_create_canister', dst, creationFee(host.message.account.profile)),
    cost_http_request: (requestBytes: bigint, responseBytes: bigint, dst: number): void =>
      writeWide(
        host,
        'cost_http_request',
        dst,
        outcallFee(
          host.message.account.profile,
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

function narrow(amount: bigint): bigint {
  return amount > U64_MAX
    ? violate('cycles amount exceeds 64-bit representation')
    : BigInt.asIntN(64, amount);
}

function readBalance({ message }: Host): bigint {
  message.readsBalance = true;
  return message.account.balance;
}

function accept({ message }: Host, max: bigint): bigint {
  const amount = max < message.cyclesAvailable ? max : message.cyclesAvailable;
  message.cyclesAvailable -= amount;
  message.account.receive(amount);
  return amount;
}

function keyCost(
  host: Host,
  name: string,
  algorithms: number,
  [src, size, algorithm, dst]: readonly [number, number, number, number],
): number {
  const key = decodeKeyName(readHeap(host, `ic0.${name} heap`, unsigned(src), unsigned(size)));
  if (algorithm >>> 0 >= algorithms) return COST_BAD_ALGORITHM;
  const subnet = isHeldKey(key) ? host.message.environment.keySubnet() : undefined;
  if (!subnet) return COST_UNKNOWN_KEY;
  writeWide(host, name, dst, thresholdKeyFee(subnet), 3);
  return COST_OK;
}

function decodeKeyName(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return violate(`Failed to decode key name ${lossyUtf8.decode(bytes)}`);
  }
}

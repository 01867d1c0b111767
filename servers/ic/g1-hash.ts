/**
 * Hashing to G1 (RFC 9380, suite BLS12381G1_XMD:SHA-256_SSWU_RO_), the greater part of a signature's cost. The library's
 * own function also proves that its result is in the subgroup, which clearing the cofactor has just made it; and it
 * raises to a fixed power bit by bit. Tests compare the two.
 */
import { hash_to_field } from '@noble/curves/abstract/hash-to-curve';
import { bls12_381 } from '@noble/curves/bls12-381';
import { sha256 } from '@noble/hashes/sha2';
import { X_DENOMINATOR, X_NUMERATOR, Y_DENOMINATOR, Y_NUMERATOR } from './g1-isogeny.js';
import type { G1Point } from './g1-multiply.js';

const { Point } = bls12_381.G1;
const { Fp } = bls12_381.fields;
const P = Fp.ORDER;

/** Tag of the IC's signatures: IC interface spec, "Certification". */
const DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';

/** y² = x³ + A·x + B, isogenous to G1's curve, and the non-square Z: RFC 9380, section 8.8.1. */
const A = 0x144698a3b8e9433d693a02c96d4982b0ea985383ee66a8d8e8981aefd881ac98936f8da0e0f97f5cf428082d584c1dn;
const B = 0x12e2908d11688030018b12e8753eee3b2016c1f0f24f4070a0b9c14fcef35ef55a23215a316ceaa5d1cc48e98e172be0n;
const Z = 11n;

const mul = (a: bigint, b: bigint): bigint => (a * b) % P;

/** The exponent (p - 3) / 4 in base 16, most significant digit first. */
const ROOT_DIGITS = [...((P - 3n) / 4n).toString(16)].map((digit) => Number.parseInt(digit, 16));

/** `base` to the power (p - 3) / 4, four bits at a time. */
function rootPower(base: bigint): bigint {
  const powers = [1n, base];
  while (powers.length < 16) powers.push(mul(powers.at(-1) ?? 1n, base));
  let result = 1n;
  for (const digit of ROOT_DIGITS) {
    for (let square = 0; square < 4; square += 1) result = mul(result, result);
    if (digit > 0) result = mul(result, powers[digit] ?? 1n);
  }
  return result;
}

/** √-Z. */
const C2 = Fp.sqrt(P - Z);

/** √(u/v) if it exists, else √(Z·u/v): RFC 9380, appendix F.2.1.2. */
function sqrtRatio(u: bigint, v: bigint): { readonly isSquare: boolean; readonly root: bigint } {
  const uv = mul(u, v);
  const root = mul(rootPower(mul(mul(v, v), uv)), uv);
  return mul(mul(root, root), v) === u ? { isSquare: true, root } : { isSquare: false, root: mul(root, C2) };
}

interface Fraction {
  readonly xNumerator: bigint;
  readonly xDenominator: bigint;
  readonly y: bigint;
}

/** The simplified SWU map: RFC 9380, appendix F.2. */
function simpleSwu(u: bigint): Fraction {
  const zu2 = mul(Z, mul(u, u));
  const sum = (mul(zu2, zu2) + zu2) % P;
  const numerator = mul(B, sum + 1n);
  const denominator = mul(A, sum === 0n ? Z : P - sum);
  const denominator2 = mul(denominator, denominator);
  const denominator3 = mul(denominator2, denominator);
  const inner = (mul(numerator, numerator) + mul(A, denominator2)) % P;
  const gx = (mul(inner, numerator) + mul(B, denominator3)) % P;
  const { isSquare, root } = sqrtRatio(gx, denominator3);
  const y = isSquare ? root : mul(mul(zu2, u), root);
  return {
    xNumerator: isSquare ? numerator : mul(zu2, numerator),
    xDenominator: denominator,
    y: (y & 1n) === (u & 1n) ? y : P - y,
  };
}

/** Horner's rule; `coefficients` have the constant term first. */
function evaluate(coefficients: readonly bigint[], x: bigint): bigint {
  return coefficients.reduceRight((sum, coefficient) => (sum * x + coefficient) % P, 0n);
}

function isogeny(x: bigint, y: bigint): G1Point {
  const [xDenominator, yDenominator] = [evaluate(X_DENOMINATOR, x), evaluate(Y_DENOMINATOR, x)];
  return new Point(
    mul(evaluate(X_NUMERATOR, x), yDenominator),
    mul(mul(y, evaluate(Y_NUMERATOR, x)), xDenominator),
    mul(xDenominator, yDenominator),
  );
}

/** A point of the prime-order subgroup. */
export function hashToG1(message: Uint8Array): G1Point {
  const fields = hash_to_field(message, 2, { p: P, m: 1, k: 128, expand: 'xmd', hash: sha256, DST });
  const mapped = fields.map(([u = 0n]) => simpleSwu(u));
  const inverses = Fp.invertBatch(mapped.map(({ xDenominator }) => xDenominator));
  const [first, second] = mapped.map(({ xNumerator, y }, index) =>
    isogeny(mul(xNumerator, inverses[index] ?? 0n), y),
  ) as [G1Point, G1Point];
  return first.add(second).clearCofactor();
}

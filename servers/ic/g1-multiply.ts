/**
 * Multiplying points of G1 by one fixed scalar, several times faster than the general routine: the curve's
 * endomorphism φ(x, y) = (βx, y) acts on G1 as multiplication by -z² (z is the curve's parameter), so a 255-bit scalar
 * k = k0 + k1·z² becomes two of 128 bits that share their doublings: k·P = k0·P - k1·φ(P).
 *
 * Not constant-time: good for the key of a test server, which its seed gives away anyhow.
 */
import { bls12_381 } from '@noble/curves/bls12-381';

const { Point } = bls12_381.G1;
export type G1Point = InstanceType<typeof Point>;

const { Fp } = bls12_381.fields;
/** Cube root of unity in Fp that belongs to the eigenvalue -z² (Bowe, "Faster subgroup checks for BLS12-381", 2019). */
const BETA = 0x5f19672fdf76ce51ba69c6076a0f77eaddb3a93be6f89688de17d813620a00022e01fffffffefffen;
/** |z| of BLS12-381. */
const Z = 0xd201000000010000n;
const WINDOW_BITS = 4;

/**
 * The 48 bytes of a point other than zero: x big-endian, and in the top bits "compressed" and "y is the larger root".
 * The library's own `toBytes` also proves that the point is in the subgroup, which a multiple of a hash always is.
 */
export function compressG1(point: G1Point): Uint8Array {
  const { x, y } = point.toAffine();
  const bytes = Fp.toBytes(x);
  bytes[0] = (bytes[0] ?? 0) | (y * 2n > Fp.ORDER ? 0xa0 : 0x80);
  return bytes;
}

/** Signed odd digits, at most one in any `WINDOW_BITS` positions (wNAF), least significant first. */
function toDigits(scalar: bigint): number[] {
  const digits: number[] = [];
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    let digit = 0;
    if (rest & 1n) {
      digit = Number(BigInt.asIntN(WINDOW_BITS, rest));
      rest -= BigInt(digit);
    }
    digits.push(digit);
  }
  return digits;
}

const endomorphism = (point: G1Point): G1Point => new Point(Fp.mul(point.X, BETA), point.Y, point.Z);

/** P, 3P, 5P, 7P. */
function oddMultiples(point: G1Point): G1Point[] {
  const double = point.double();
  const multiples = [point];
  for (let at = point; multiples.length < 1 << (WINDOW_BITS - 2);) {
    at = at.add(double);
    multiples.push(at);
  }
  return multiples;
}

function addDigit(sum: G1Point, multiples: readonly G1Point[], digit: number): G1Point {
  if (digit === 0) return sum;
  const multiple = multiples[(Math.abs(digit) - 1) / 2]!;
  return sum.add(digit > 0 ? multiple : multiple.negate());
}

/** `scalar` from 1 up to the group order; the points must be in the prime-order subgroup. */
export function createG1Multiplier(scalar: bigint): (point: G1Point) => G1Point {
  const low = toDigits(scalar % (Z * Z));
  const high = toDigits(scalar / (Z * Z));
  const length = Math.max(low.length, high.length);
  return (point) => {
    const multiples = oddMultiples(point);
    const images = multiples.map((multiple) => endomorphism(multiple));
    let sum: G1Point = Point.ZERO;
    for (let index = length - 1; index >= 0; index -= 1) {
      sum = sum.double();
      sum = addDigit(sum, multiples, low[index] ?? 0);
      sum = addDigit(sum, images, -(high[index] ?? 0));
    }
    return sum;
  };
}

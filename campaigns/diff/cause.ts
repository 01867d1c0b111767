/**
 * What two differences of one cause have in common: aspect, kind of event, field, and the two values without their numbers, ids, and
 * bytes. Another chunk, session, or size leaves it the same.
 */
import type { Difference } from './compare.js';

const VALUE_LENGTH_MAX = 120;

/** For example `outcome: finish differs in result.error: rejected (…) / done`. */
export function causeOf({ aspect, kind, field, a, b }: Difference): string {
  return `${aspect}: ${kind} differs in ${field || 'its presence'}: ${general(a)} / ${general(b)}`;
}

function general(text: string): string {
  const line = text
    .replace(/\b[a-z0-9]{5}(?:-[a-z0-9]{3,5})+\b/g, 'ID')
    .replace(/\b0x[0-9a-f]+\b|\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/gi, 'HEX')
    .replace(/\d[\d_,']*/g, 'N')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > VALUE_LENGTH_MAX ? `${line.slice(0, VALUE_LENGTH_MAX)}…` : line;
}

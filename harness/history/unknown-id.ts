/** An id that looks like the ids of a canister and that no begin has returned. */

/** More than any canister has sessions in a schedule, and less than the largest nat32. */
const DISTANCE = 1_000_000_000;

/** A number at the beginning or at the end of an id, set apart from the rest: `17`, `17/bkyz2-fmaaa-aaaaa-qaaaq-cai`, `session-17`. */
const NUMBER = /^(?<before>|.*[/:_#.-])(?<number>\d{1,9})$|^(?<first>\d{1,9})(?<after>[/:_#.].*)$/;
const PRINCIPAL = /^[a-z0-9]{5}(-[a-z0-9]{1,5})+$/;

/** `undefined` if the id has no number. A changed text might not be an id at all. */
export function unknownId(known: string): string | undefined {
  const groups = PRINCIPAL.test(known) ? undefined : NUMBER.exec(known)?.groups;
  if (groups === undefined) return undefined;
  const { before = '', number, first, after = '' } = groups;
  return `${before}${DISTANCE + Number(number ?? first)}${after}`;
}

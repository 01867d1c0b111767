/** Text of others (file names, reject texts, log lines) for a terminal: what would steer it is shown, not done. */

// Cc: control characters; Cf with bidirectional marks can show a name as another; U+2028 and U+2029 end a line.
const STEERING = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** e.g. `a\u001b[31mb` with the six characters of the escape written out. One line stays one line. */
export function printable(text: string): string {
  return text.replace(
    STEERING,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}

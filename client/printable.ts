/** Makes foreign text (file names, reject texts, log lines) safe for a terminal. */

// Control characters, bidirectional marks (they can disguise a name), and the line separators U+2028 and U+2029.
const STEERING = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Escapes control characters, such as ESC as the six characters `\u001b`. The result has one line. */
export function printable(text: string): string {
  return text.replace(STEERING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Text from a run is anybody's: a canister's logs, a trap's message, a file's name. Here it becomes text that shows what it is
 * and does nothing: no terminal sequence, no reordering of what stands beside it.
 */

/** C0 controls but tab and line feed, DEL, C1 controls, and what moves or hides other characters. */
const UNSEEN =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB\uFFFE\uFFFF]/g;

/** U+2400 holds a picture for each C0 control, U+2421 one for DEL; the others are named by their number. */
function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : `\u2039U+${code.toString(16).toUpperCase().padStart(4, '0')}\u203A`;
}

/** Any text with its line breaks and tabs, everything unseen made visible. Windows line ends become plain ones. */
export function visible(text: string): string {
  return text.toWellFormed().replaceAll('\r\n', '\n').replace(UNSEEN, picture);
}

/** The same on one line. */
export function visibleLine(text: string): string {
  return visible(text)
    .replace(/\s*\n\s*/g, ' \u23CE ')
    .replaceAll('\t', ' ');
}

/** At most `charactersMax` of a text, and how many more there were. */
export function clip(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  return `${text.slice(0, charactersMax).toWellFormed()} … (${text.length - charactersMax} more characters)`;
}

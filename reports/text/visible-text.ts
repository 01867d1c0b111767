/**
 * Text from a run is untrusted: canister logs, trap messages, file names. These functions replace control characters with visible ones, so
 * that the text cannot control a terminal or reorder the text next to it.
 */

/** C0 controls except tab and line feed, DEL, C1 controls, and characters that move or hide others. */
const INVISIBLE =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB\uFFFE\uFFFF]/g;

/** Unicode has a picture for each C0 control from U+2400 on, and U+2421 for DEL. Other characters are shown as their code point. */
function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : `\u2039U+${code.toString(16).toUpperCase().padStart(4, '0')}\u203A`;
}

/** Makes invisible characters visible. Keeps tabs and line breaks, and converts CRLF to LF. */
export function visible(text: string): string {
  return text.toWellFormed().replaceAll('\r\n', '\n').replace(INVISIBLE, picture);
}

/** Makes invisible characters visible, and joins the lines of the text to one. */
export function visibleLine(text: string): string {
  return visible(text)
    .replace(/\s*\n\s*/g, ' \u23CE ')
    .replaceAll('\t', ' ');
}

/** Clips a text to `charactersMax` UTF-16 code units, and appends the number of clipped ones. */
export function clip(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  return `${text.slice(0, charactersMax).toWellFormed()} … (${text.length - charactersMax} more characters)`;
}

/** Breaks long literals into lines, as a formatter would. */

const WIDTH = 110;

/**
 * @param code one line of code that ends with a literal
 * @param indent of its first line
 */
export function layout(code: string, indent: string): string {
  if (indent.length + code.length <= WIDTH) return code;
  const open = openingOf(code);
  if (open === -1) return code;
  const close = closingOf(code, open);
  const inner = indent + '  ';
  const items = partsOf(code.slice(open + 1, close)).map((part) => `${inner}${layout(part, inner)},\n`);
  return items.length === 0
    ? code
    : `${code.slice(0, open + 1)}\n${items.join('')}${indent}${code.slice(close)}`;
}

/** The bracket of the literal that holds most of the code: after an arrow, the value of the function. */
function openingOf(code: string): number {
  const arrow = code.search(/=> [[({]/);
  if (arrow !== -1 && isTopLevel(code, arrow)) return arrow + 3;
  return code.search(/[[{(]/);
}

function isTopLevel(code: string, place: number): boolean {
  const before = code.slice(0, place);
  return (before.match(/[[{(]/g)?.length ?? 0) === (before.match(/[\]})]/g)?.length ?? 0);
}

function closingOf(code: string, open: number): number {
  let depth = 0;
  for (let place = open; place < code.length; place++) {
    const character = code[place] ?? '';
    if ('[{('.includes(character)) depth++;
    if (']})'.includes(character) && --depth === 0) return place;
  }
  return code.length;
}

/** The items of a literal, split at its own commas. */
function partsOf(inside: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let place = 0; place < inside.length; place++) {
    const character = inside[place] ?? '';
    if ('[{('.includes(character)) depth++;
    if (']})'.includes(character)) depth--;
    if (character === ',' && depth === 0) {
      parts.push(inside.slice(from, place).trim());
      from = place + 1;
    }
  }
  return [...parts, inside.slice(from).trim()].filter((part) => part !== '');
}

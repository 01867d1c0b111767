/** The names of arguments in a Candid file. They have no meaning in Candid, so parsers drop them, but they tell what an argument is. */

const TOKENS = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\])*"|->|[A-Za-z_][\w]*|[{}();:,=.]|\d[\w.]*/g;

/** By method: the name of each argument, `undefined` where it has none. */
export function argumentNames(candid: string): ReadonlyMap<string, readonly (string | undefined)[]> {
  const tokens = [...candid.matchAll(TOKENS)]
    .map(([token]) => token)
    .filter((token) => !/^\/[/*]/.test(token));
  const names = new Map<string, readonly (string | undefined)[]>();
  for (let place = 0; place < tokens.length; place++) {
    if (tokens[place + 1] !== ':' || tokens[place + 2] !== '(') continue;
    const close = closingOf(tokens, place + 2);
    if (tokens[close + 1] !== '->') continue;
    // The methods of a service follow its init arguments, which look like those of a method.
    names.set(unquoted(tokens[place] ?? ''), namesIn(tokens, place + 2, close));
    place = close;
  }
  return names;
}

function closingOf(tokens: readonly string[], open: number): number {
  let depth = 0;
  for (let place = open; place < tokens.length; place++) {
    depth += depthOf(tokens[place]);
    if (depth === 0) return place;
  }
  return tokens.length;
}

function depthOf(token: string | undefined): number {
  if (token === '(' || token === '{') return 1;
  return token === ')' || token === '}' ? -1 : 0;
}

function namesIn(tokens: readonly string[], open: number, close: number): readonly (string | undefined)[] {
  const names: (string | undefined)[] = [];
  let depth = 0;
  for (let place = open; place < close; place++) {
    const isStart = depth === 1 || place === open;
    if (isStart && (place === open || tokens[place] === ',') && place + 1 < close)
      names.push(tokens[place + 2] === ':' ? unquoted(tokens[place + 1] ?? '') : undefined);
    depth += depthOf(tokens[place]);
  }
  return names;
}

function unquoted(token: string): string {
  return token.startsWith('"') ? token.slice(1, -1) : token;
}

/** The functions of a module that differ from those of an earlier one. */
import type { DecodedModule } from '../wasm/module-decoder.js';
import { functionNames } from '../wasm/name-section.js';
import { demangle } from '../wasm/validator.js';
import { functionDigests, importedFunctions, type FunctionLabel } from './function-digest.js';

/** A module, and for each of its own functions a text that is the same for the same function of the other module. */
interface Side {
  readonly module: DecodedModule;
  readonly imports: readonly string[];
  /** In the order of the functions that the module defines. */
  readonly texts: readonly string[];
}

/**
 * Indices of the functions whose bodies do not occur in the earlier module. A new function shifts the indices of others. Therefore imports
 * are compared by their names, and other functions that a body calls by the names in the name sections. If a module has no names, or if
 * its names belong to other functions, because a tool has changed the functions and not the names, they are compared by their bodies.
 */
export function changedFunctions(module: DecodedModule, earlier: DecodedModule): ReadonlySet<number> {
  const sides = [sideOf(module), sideOf(earlier)] as const;
  const [own, others] = byNames(...sides) ?? byBodies(...sides);
  const known = new Set(digestsOf(others));
  const first = own.imports.length;
  return new Set(digestsOf(own).flatMap((digest, place) => (known.has(digest) ? [] : [first + place])));
}

function sideOf(module: DecodedModule): Side {
  return { module, imports: importedFunctions(module), texts: [] };
}

function digestsOf({ module, imports, texts }: Side): readonly string[] {
  const label: FunctionLabel = (index) => imports[index] ?? texts[index - imports.length] ?? '';
  return functionDigests(module, label);
}

type Sides = readonly [own: Side, others: Side];

/** `undefined` if a module has no names, or if functions with the same body have other names. */
function byNames(own: Side, others: Side): Sides | undefined {
  const named = [withNames(own), withNames(others)] as const;
  const [names, otherNames] = named;
  if (names === undefined || otherNames === undefined) return undefined;
  const bodies = uniquePlaces(digestsOf(own));
  const otherBodies = uniquePlaces(digestsOf(others));
  const pairs = [...bodies].flatMap(([digest, place]) => {
    const other = otherBodies.get(digest);
    return other === undefined ? [] : [[names.texts[place], otherNames.texts[other]]];
  });
  const same = pairs.filter(([name, other]) => name === other);
  return 2 * same.length >= pairs.length ? [names, otherNames] : undefined;
}

function withNames(side: Side): Side | undefined {
  const { module, imports } = side;
  const names = functionNames(module);
  if (names === undefined) return undefined;
  const texts = module.bodies.map((_, place) => demangle(names.get(imports.length + place) ?? ''));
  return { ...side, texts };
}

/** The place of each text that occurs once. */
function uniquePlaces(texts: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  const repeated = new Set<string>();
  for (const [place, text] of texts.entries()) {
    if (places.has(text)) repeated.add(text);
    places.set(text, place);
  }
  for (const text of repeated) places.delete(text);
  return places;
}

/**
 * Two functions that differ only in what they call are the same in the first pass, and not in the second. A body that the other module does
 * not have counts as any other such body: the function that calls it has not changed.
 */
function byBodies(own: Side, others: Side): Sides {
  let sides: Sides = [own, others];
  for (let pass = 0; pass < 2; pass++) {
    const [digests, otherDigests] = [digestsOf(sides[0]), digestsOf(sides[1])];
    sides = [
      withBodies(sides[0], digests, new Set(otherDigests)),
      withBodies(sides[1], otherDigests, new Set(digests)),
    ];
  }
  return sides;
}

/** A body that the other module does not have keeps its text of the pass before. */
function withBodies(side: Side, digests: readonly string[], known: ReadonlySet<string>): Side {
  const texts = digests.map((digest, place) => (known.has(digest) ? digest : (side.texts[place] ?? '')));
  return { ...side, texts };
}

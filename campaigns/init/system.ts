/** The canisters of a service, of which a client calls one or more: which of them begins uploads, and whose method is whose. */
import { chooseMethods, replyFields, type ChosenMethods } from './choose-methods.js';
import type { CandidInterface, Method } from './parse-candid.js';
import { isPrincipal, type Field } from './types.js';

export interface SourceCanister {
  /** The role of a further canister: `bucket`. */
  readonly name: string;
  readonly candid: CandidInterface;
}

export interface CanisterSystem {
  /** The canister at which an upload begins. */
  readonly main: SourceCanister;
  readonly others: readonly SourceCanister[];
  readonly chosen: ChosenMethods;
  /** The role of the canister that has the method; `undefined`: the main one. */
  readonly roleOf: (method: Method) => string | undefined;
  /**
   * The field of a begin's reply that names the canister for the chunks; `undefined` if there is none. An id is then followed by its
   * canister.
   */
  readonly placeField: Field | undefined;
}

/** @param sources at least one */
export function systemOf(sources: readonly [SourceCanister, ...SourceCanister[]]): CanisterSystem {
  const chosen = chooseMethods({ methods: sources.flatMap(({ candid }) => candid.methods) });
  const first = chosen.begin ?? chosen.put;
  const main = sources.find(({ candid }) => first && candid.methods.includes(first)) ?? sources[0];
  const others = sources.filter((source) => source !== main);
  const roleOf = (method: Method) => others.find(({ candid }) => candid.methods.includes(method))?.name;
  return { main, others, chosen, roleOf, placeField: placeFieldOf(chosen, roleOf) };
}

function placeFieldOf({ begin, put }: ChosenMethods, roleOf: CanisterSystem['roleOf']): Field | undefined {
  if (begin === undefined || put === undefined || roleOf(put) === undefined) return undefined;
  const fields = (replyFields(begin) ?? []).filter(({ type }) => isPrincipal(type));
  return fields.length === 1 ? fields[0] : undefined;
}

/** The method with which a controller permits a caller to upload. */
import type { IDL } from '@icp-sdk/core/candid';
import { parametersOf } from './choose-methods.js';
import { valueOf } from './expressions.js';
import type { CandidInterface } from './parse-candid.js';
import type { CanisterSystem } from './system.js';
import { wordsOf } from './words.js';
import { isPrincipal } from './types.js';

export interface Permission {
  readonly method: string;
  readonly values: readonly string[];
}

/** `undefined` if no method looks like one. */
export function permissionOf({ methods }: CandidInterface): Permission | undefined {
  const fits = methods.filter(
    (each) =>
      each.kind === 'update' &&
      /^(grant|authorize|add_(writer|uploader)|allow)/i.test(each.name) &&
      parametersOf(each).some(({ type }) => isPrincipal(type)),
  );
  const method = fits.find(({ name }) => name.startsWith('grant')) ?? fits[0];
  if (method === undefined) return undefined;
  const roles = (_: string | undefined, type: IDL.Type) =>
    isPrincipal(type) ? 'Principal.fromText(caller)' : undefined;
  return {
    method: method.name,
    values: method.args.map(({ name, type }) => valueOf(name, type, roles).code),
  };
}

/** A call by the controller that makes one canister known to another. */
export interface Introduction {
  /** The role of the canister to call; `undefined`: the main one. */
  readonly to: string | undefined;
  readonly method: string;
  /** The role of the canisters that the call names. */
  readonly role: string;
}

/** The methods that take the principal of another canister: `add_bucket : (principal)`. */
export function introductionsOf({
  main,
  others,
}: Pick<CanisterSystem, 'main' | 'others'>): readonly Introduction[] {
  const all = [{ ...main, role: 'main' }, ...others.map((other) => ({ ...other, role: other.name }))];
  return all.flatMap((canister) =>
    canister.candid.methods.flatMap((method): readonly Introduction[] => {
      const [parameter, ...rest] = parametersOf(method);
      if (method.kind !== 'update' || parameter === undefined || rest.length > 0) return [];
      if (!isPrincipal(parameter.type) || !/^(add|register|set|link|join|attach)/i.test(method.name))
        return [];
      const named = all.find(
        ({ name, role }) =>
          role !== canister.role &&
          wordsOf(name).some((word) => wordsOf(method.name).some((one) => one.replace(/s$/, '') === word)),
      );
      if (named === undefined) return [];
      return [
        { to: canister.role === 'main' ? undefined : canister.role, method: method.name, role: named.role },
      ];
    }),
  );
}

/** The method with which a controller permits a caller to upload. */
import { IDL } from '@icp-sdk/core/candid';
import { parametersOf } from './choose-methods.js';
import { valueOf } from './expressions.js';
import type { CandidInterface } from './parse-candid.js';
import { resolved } from './types.js';

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
      parametersOf(each).some(({ type }) => resolved(type) instanceof IDL.PrincipalClass),
  );
  const method = fits.find(({ name }) => name.startsWith('grant')) ?? fits[0];
  if (method === undefined) return undefined;
  const roles = (_: string | undefined, type: IDL.Type) =>
    resolved(type) instanceof IDL.PrincipalClass ? 'Principal.fromText(caller)' : undefined;
  return {
    method: method.name,
    values: method.args.map(({ name, type }) => valueOf(name, type, roles).code),
  };
}

/** The interface of the canister in `counter-module.ts`. */
import type { IDL } from '@icp-sdk/core/candid';

/** A type, not an interface, because the library requires an index signature. */
export type Counter = Record<'inc' | 'get' | 'now' | 'refuse', () => Promise<bigint>>;

export const counterInterface: IDL.InterfaceFactory = ({ IDL: idl }) =>
  idl.Service({
    inc: idl.Func([], [idl.Nat64], []),
    get: idl.Func([], [idl.Nat64], ['query']),
    now: idl.Func([], [idl.Nat64], ['query']),
    refuse: idl.Func([], [idl.Nat64], []),
  });

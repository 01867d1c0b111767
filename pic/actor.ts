/** Actors: objects with a method for each method of a Candid interface. */
import { IDL } from '@icp-sdk/core/candid';
import type { PrincipalText } from '../replicas/replica.js';
import type { CandidLibrary, CandidService } from '../targets/candid-library.js';
import type { InstanceClient } from './instance-client.js';
import type { AnyPrincipal } from './wire.js';

/** The interface of an actor of any library for Candid. */
export type AnyInterfaceFactory = (library: CandidLibrary) => CandidService;

interface Sender {
  readonly setPrincipal: (sender: AnyPrincipal) => void;
  readonly setIdentity: (identity: { getPrincipal(): AnyPrincipal }) => void;
}

const ANONYMOUS: PrincipalText = '2vxsx-fae';

type Call = (sender: PrincipalText, method: string, arg: Uint8Array) => Promise<unknown>;

function requestOf(canister: PrincipalText, caller: PrincipalText, method: string, arg: Uint8Array) {
  return { call: { canister, caller, method, arg }, route: { kind: 'target' } } as const;
}

/** `run` returns the function of a method, given the call that it makes. */
function createMethods(
  factory: AnyInterfaceFactory,
  run: (method: string, func: IDL.FuncClass) => Call,
): Sender & Record<string, unknown> {
  let sender = ANONYMOUS;
  const service = factory({ IDL }) as unknown as IDL.ServiceClass;
  const methods = service._fields.map(([name, func]) => {
    const call = run(name, func);
    return [
      name,
      async (...args: unknown[]) => call(sender, name, new Uint8Array(IDL.encode(func.argTypes, args))),
    ] as const;
  });
  return {
    setPrincipal: (principal) => {
      sender = principal.toText();
    },
    setIdentity: (identity) => {
      sender = identity.getPrincipal().toText();
    },
    ...Object.fromEntries(methods),
  };
}

/** Returns `null` for no value, the value itself, or the list of several values. */
function decodeValues(types: readonly IDL.Type[], bytes: Uint8Array): unknown {
  const values: unknown[] = IDL.decode([...types], bytes);
  return values.length > 1 ? values : (values[0] ?? null);
}

/** Every method resolves to the decoded reply. */
export function createActor(client: InstanceClient, canister: PrincipalText, factory: AnyInterfaceFactory) {
  return createMethods(factory, (_, { annotations, retTypes }) => {
    const isQuery = annotations.includes('query') || annotations.includes('composite_query');
    return async (sender, method, arg) => {
      const request = requestOf(canister, sender, method, arg);
      const reply = isQuery ? await client.query(request) : await client.await(await client.submit(request));
      return decodeValues(retTypes, reply);
    };
  });
}

/** Every method submits a call and resolves to a function that waits for the decoded reply. */
export function createDeferredActor(
  client: InstanceClient,
  canister: PrincipalText,
  factory: AnyInterfaceFactory,
) {
  return createMethods(factory, (_, { retTypes }) => async (sender, method, arg) => {
    const submitted = await client.submit(requestOf(canister, sender, method, arg));
    return async () => decodeValues(retTypes, await client.await(submitted));
  });
}

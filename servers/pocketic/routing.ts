/**
 * Selects the subnet of a call.
 *
 * Source: the texts are recorded: trace 05, exchanges 42 and 46; trace 07, exchange 408; trace 12, exchange 481.
 */
import { IDL } from '@icp-sdk/core/candid';
import type { Principal } from '@icp-sdk/core/principal';
import {
  ArgumentError,
  canonicalRoute,
} from '../../replicas/embedded/management-interface/argument-decoder.js';
import { MANAGEMENT_CANISTER } from '../../replicas/embedded/principals.js';
import type { Call, PrincipalText } from '../../replicas/replica.js';
import { HttpError } from '../http/reply.js';
import { badIngress } from './errors.js';
import type { Instance } from './instances.js';
import type { Route } from './requests.js';
import type { SubnetFacts } from './topology.js';

/**
 * Returns the subnet of a call. If the call creates a canister with a mainnet id that no subnet hosts, it creates that subnet.
 * @throws {HttpError} if no subnet can receive the call
 */
export async function routeCall(instance: Instance, route: Route, call: Call): Promise<SubnetFacts> {
  const isCreation =
    call.canister === MANAGEMENT_CANISTER && call.method === 'provisional_create_canister_with_cycles';
  if (route.kind === 'subnet') return subnetWithId(instance, route.subnet);
  const canister = route.kind === 'canister' ? route.canister : canisterOf(call, isCreation);
  if (canister === undefined) return instance.topology.defaultSubnet;
  const subnet = instance.topology.route(canister);
  if (subnet) return subnet;
  if (!isCreation) throw badIngress(`Canister ${canister} does not belong to any subnet.`);
  return canister === MANAGEMENT_CANISTER
    ? instance.topology.defaultSubnet
    : await createSubnetFor(instance, canister);
}

/**
 * Returns the subnet of a request that names a canister in its path, or `undefined` if no subnet can receive it. A call that creates a
 * canister creates the subnet of an id of the mainnet that no subnet hosts.
 */
export async function routeCanister(
  instance: Instance,
  canister: PrincipalText,
  isCreation: boolean,
): Promise<SubnetFacts | undefined> {
  const subnet = instance.topology.route(canister);
  if (subnet || !isCreation) return subnet;
  if (canister === MANAGEMENT_CANISTER) return instance.topology.defaultSubnet;
  try {
    return await createSubnetFor(instance, canister);
  } catch (error) {
    if (error instanceof HttpError) return undefined;
    throw error;
  }
}

/**
 * Returns the subnet that holds a message.
 * @throws {HttpError} if no subnet does
 */
export function routeMessage({ topology }: Instance, route: Route): SubnetFacts {
  switch (route.kind) {
    case 'subnet':
      return subnetWithId({ topology }, route.subnet);
    case 'canister': {
      const subnet = topology.route(route.canister);
      if (!subnet) throw badIngress(`Canister ${route.canister} does not belong to any subnet.`);
      return subnet;
    }
    case 'target':
      throw badIngress(
        'Effective principal must be specified for all calls but canister creation via the provisional management canister API.',
      );
  }
}

function subnetWithId({ topology }: Pick<Instance, 'topology'>, id: PrincipalText): SubnetFacts {
  const subnet = topology.withId(id);
  if (!subnet) throw badIngress(`Subnet with ID ${id} not found`);
  return subnet;
}

/** Returns the canister that decides the route of a call without one. `undefined` if the call creates a canister without an id. */
function canisterOf({ canister, method, arg }: Call, isCreation: boolean): PrincipalText | undefined {
  if (canister !== MANAGEMENT_CANISTER) return canister;
  let argument: Uint8Array;
  try {
    argument = canonicalRoute(method, arg);
  } catch (error) {
    throw error instanceof ArgumentError ? badIngress(error.message) : error;
  }
  return isCreation ? specifiedId(argument) : canisterId(argument);
}

function specifiedId(argument: Uint8Array): PrincipalText | undefined {
  const [{ specified_id: id }] = IDL.decode([CreationRecord], argument) as unknown as [
    { readonly specified_id: [] | [Principal] },
  ];
  return id[0]?.toText();
}

function canisterId(argument: Uint8Array): PrincipalText {
  const [record] = IDL.decode([CanisterIdRecord], argument);
  return (record as unknown as { readonly canister_id: Principal }).canister_id.toText();
}

/** The field that decides the route of a call that creates a canister. */
const CreationRecord = IDL.Record({ specified_id: IDL.Opt(IDL.Principal) });
/** The field that the argument of every management call about one canister has. */
const CanisterIdRecord = IDL.Record({ canister_id: IDL.Principal });

async function createSubnetFor(
  { topology, backend }: Instance,
  canister: PrincipalText,
): Promise<SubnetFacts> {
  let subnet: SubnetFacts;
  try {
    subnet = topology.planForCanister(canister);
  } catch (error) {
    throw badIngress((error as Error).message);
  }
  await backend.createSubnet(subnet);
  topology.add(subnet);
  return subnet;
}

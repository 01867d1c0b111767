/** The agents that the tests run, as published, with the Candid library and the identities that belong to each. */
import * as agent3 from '@dfinity/agent';
import { IDL as idl3 } from '@dfinity/candid';
import { Ed25519KeyIdentity as Identity3 } from '@dfinity/identity';
import { Principal as Principal3 } from '@dfinity/principal';
import * as agent5 from '@icp-sdk/core/agent';
import { IDL as idl5 } from '@icp-sdk/core/candid';
import { Ed25519KeyIdentity as Identity5 } from '@icp-sdk/core/identity';
import { Principal as Principal5 } from '@icp-sdk/core/principal';
import * as agent6 from 'icp-sdk-core-6/agent';
import { IDL as idl6 } from 'icp-sdk-core-6/candid';
import { Ed25519KeyIdentity as Identity6 } from 'icp-sdk-core-6/identity';
import { Principal as Principal6 } from 'icp-sdk-core-6/principal';

/** The compiler takes the classes of the three for different types. The tests use what they share. */
export interface AgentLibrary {
  readonly name: string;
  readonly agent: Pick<typeof agent5, 'Actor' | 'CanisterStatus' | 'HttpAgent' | 'polling'>;
  readonly IDL: typeof idl5;
  readonly Principal: typeof Principal5;
  readonly Ed25519KeyIdentity: typeof Identity5;
  /** Whether a call can name a subnet in place of a canister. */
  readonly hasSubnetCalls: boolean;
}

export const AGENT_LIBRARIES: readonly AgentLibrary[] = [
  {
    name: '@dfinity/agent 3.4',
    agent: agent3 as unknown as AgentLibrary['agent'],
    IDL: idl3 as unknown as typeof idl5,
    Principal: Principal3 as unknown as typeof Principal5,
    Ed25519KeyIdentity: Identity3 as unknown as typeof Identity5,
    hasSubnetCalls: false,
  },
  {
    name: '@icp-sdk/core 5',
    agent: agent5,
    IDL: idl5,
    Principal: Principal5,
    Ed25519KeyIdentity: Identity5,
    hasSubnetCalls: false,
  },
  {
    name: '@icp-sdk/core 6',
    agent: agent6 as unknown as AgentLibrary['agent'],
    IDL: idl6 as unknown as typeof idl5,
    Principal: Principal6 as unknown as typeof Principal5,
    Ed25519KeyIdentity: Identity6 as unknown as typeof Identity5,
    hasSubnetCalls: true,
  },
];

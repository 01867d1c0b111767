/** Calls of the management canister (aaaaa-aa) in tests. */
import { Principal } from '@icp-sdk/core/principal';
import { encodeArgument, type ManagementMethod } from '../management-interface/candid-types.js';
import type { Outcome } from '../../replica.js';
import { USER, type TestDriver } from './test-driver.js';

/** Calls a method of the management canister as a user does, with a Candid argument, and returns the outcome. */
export async function callManagement(
  driver: TestDriver,
  method: ManagementMethod,
  argument: object,
  caller = USER,
): Promise<Outcome> {
  const arg = encodeArgument(method, argument);
  const submission = await driver.replica.submit({ canister: 'aaaaa-aa', method, arg, caller });
  if (submission.kind === 'refused') return submission.reject;
  await driver.replica.deliver(submission.id);
  return (await driver.replica.poll(submission.id))!;
}

/** An argument with the fields that most methods have. `more` adds other fields. */
export function canisterArgument(canister: string, more: object = {}): object {
  return {
    canister_id: Principal.fromText(canister),
    sender_canister_version: [],
    ...more,
  };
}

/** Canister settings that leave everything unchanged. */
export const NO_SETTINGS = {
  controllers: [],
  compute_allocation: [],
  memory_allocation: [],
  freezing_threshold: [],
  reserved_cycles_limit: [],
  log_visibility: [],
  log_memory_limit: [],
  wasm_memory_limit: [],
  wasm_memory_threshold: [],
  environment_variables: [],
};

/** The bytes of a reply. Throws if the outcome is not a reply. */
export function replyBytes(outcome: Outcome | undefined): Uint8Array {
  if (outcome?.kind !== 'reply') throw new Error(`no reply: ${JSON.stringify(outcome)}`);
  return outcome.bytes;
}

/** A canister that calls the management canister in tests. */
import type { PrincipalText } from '../../replica.js';
import { encodeArgument, type ManagementMethod } from '../management-interface/candid-types.js';
import { replyBytes } from './management-call.js';
import { FORWARD, forwardArg, PRELUDE } from './module-text.js';
import type { TestDriver } from './test-driver.js';

/** Cycles that `pay` sends with its call. */
export const PAYMENT = 100_000_000_000n;

/** `ask` and `pay` forward a call to the management canister. */
export const ASKING = `${PRELUDE} ${FORWARD}
  (func (export "canister_update ask") (call $forward (i32.const 0) (i64.const 0) (i32.const 0)))
  (func (export "canister_update pay") (call $forward (i32.const 0) (i64.const ${PAYMENT}) (i32.const 0)))`;

export type Answer = { readonly bytes: Uint8Array } | { readonly code: number; readonly text: string };

/** Makes the canister call a method, and returns what it receives. */
export async function ask(
  driver: TestDriver,
  canister: PrincipalText,
  method: ManagementMethod,
  argument: object,
  how: 'ask' | 'pay' = 'ask',
): Promise<Answer> {
  const arg = forwardArg('aaaaa-aa', method, encodeArgument(method, argument));
  const bytes = replyBytes(await driver.update(canister, how, arg));
  const isCandid = Buffer.from(bytes.subarray(0, 4)).toString() === 'DIDL';
  return isCandid ? { bytes } : { code: bytes[0] ?? 0, text: Buffer.from(bytes.subarray(4)).toString() };
}

/** The bytes of a reply. Throws if the call was rejected. */
export function answerBytes(answer: Answer): Uint8Array {
  if ('text' in answer) throw new Error(answer.text);
  return answer.bytes;
}

/** What a call must be answered with, by the promises and by the answers to the calls before it. */
import type { CallRecord } from '../history/calls.js';
import { expectAbort } from './expect-abort.js';
import { expectBegin } from './expect-begin.js';
import { expectFinish } from './expect-finish.js';
import { expectPut } from './expect-put.js';
import type { Expectation } from './expectation.js';
import type { Ledger } from './ledger.js';

/** `undefined`: the promises and the answers leave it open. */
export function expectationOf(ledger: Ledger, call: CallRecord): Expectation | undefined {
  const { request } = call;
  const effect = ledger.effectOf(call);
  if (request?.op === 'begin') return expectBegin(ledger, request, effect);
  const upload = ledger.uploadOf(call);
  if (upload === undefined) return undefined;
  if (request?.op === 'put') return expectPut(ledger, upload, effect);
  if (request?.op === 'abort') return expectAbort(ledger, upload, effect);
  return request?.op === 'finish' ? expectFinish(ledger, upload, effect) : undefined;
}

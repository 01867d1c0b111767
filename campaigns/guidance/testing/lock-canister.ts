/**
 * A canister with a trap that only a sequence of calls reaches: so many aborts and status calls in turn, with any other calls in between.
 * Every other call succeeds, and no answer depends on the sequence.
 */
import type { RequestName } from '../../../model/operations.js';
import { compileWat } from '../../../replicas/embedded/testing/compile-wat.js';
import { defineTarget } from '../../../targets/define-target.js';
import type { Target } from '../../../targets/target.js';

const METHODS: Partial<Record<RequestName, string>> = {
  begin: 'other',
  put: 'other',
  finish: 'other',
  abort: 'abort',
  status: 'status',
};

/** Number of calls that open the lock. */
export const LOCK_CALLS = 6;

/** The next place in the sequence if `$call` (0: abort, 1: status) comes at `place`, as nested conditions like those of a program. */
function places(place: number): string {
  if (place === LOCK_CALLS) return '(call $open)';
  const isNext = `(i32.eq (local.get $call) (i32.const ${place % 2}))`;
  const advanced = `(global.set $place (i32.const ${place + 1}))${place + 1 === LOCK_CALLS ? '(call $open)' : ''}`;
  const here = `(if ${isNext} (then ${advanced}))`;
  return `(if (i32.eq (global.get $place) (i32.const ${place})) (then ${here}) (else ${places(place + 1)}))`;
}

export function compileLock(): Promise<Uint8Array> {
  return compileWat(`(module
  (import "ic0" "msg_reply" (func $reply))
  (memory 1)
  (global $place (mut i32) (i32.const 0))
  (func $open (unreachable))
  (func $note (param $call i32) ${places(0)})
  (func (export "canister_update other") (call $note (i32.const 2)) (call $reply))
  (func (export "canister_update abort") (call $note (i32.const 0)) (call $reply))
  (func (export "canister_update status") (call $note (i32.const 1)) (call $reply)))`);
}

export const lockTarget: Target = defineTarget({
  name: 'lock',
  shape: { read: 'none' },
  promises: { limits: { chunkSize: 100 }, chunkOrder: 'any', repeatedPut: 'accepted', abort: 'ends' },
  operations: new Set(Object.keys(METHODS) as RequestName[]),
  defaultChunkSize: 100,
  encodeInitArg: () => new Uint8Array(0),
  encode: ({ op }) => ({ kind: 'update', method: METHODS[op] ?? 'other', arg: new Uint8Array(0) }),
  decode: ({ op }, outcome) => {
    if (outcome.kind === 'reject') {
      const { code, errorCode, text } = outcome;
      return { kind: 'rejected', code, errorCode, text };
    }
    if (op === 'begin') return { kind: 'begun', sessionId: '1' };
    if (op === 'finish') return { kind: 'finished', blobId: '1' };
    return op === 'status' ? { kind: 'status', state: 'Uploading' } : { kind: 'done' };
  },
});

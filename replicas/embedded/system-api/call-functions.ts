/** `ic0.call_*`: calls to other canisters. */
import { ERROR, FaultError, invalidPrincipal, rejectCodeOf } from '../errors.js';
import { BYTES, TIMES_NS } from '../params.js';
import { bytesToPrincipal, PRINCIPAL_BYTES_MAX } from '../principals.js';
import { readHeap, unsigned, violate, violateAsUser, wide, type Host } from './host.js';
import type { CallbackArgument, OutgoingCall } from './message-context.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const SENT = 0;
/** The result of `call_perform` for a call that cannot be sent: SYS_TRANSIENT. */
const NOT_SENT = rejectCodeOf(ERROR.canisterQueueFull);

export function createCallFunctions(host: Host) {
  return {
    call_new: (
      calleeSrc: number,
      calleeSize: number,
      nameSrc: number,
      nameSize: number,
      replyFun: number,
      replyEnv: CallbackArgument,
      rejectFun: number,
      rejectEnv: CallbackArgument,
    ): void => {
      discard(host);
      const callee = readHeap(host, 'ic0.call_new callee_src', unsigned(calleeSrc), unsigned(calleeSize));
      if (callee.length > PRINCIPAL_BYTES_MAX) throw new FaultError(invalidPrincipal());
      const name = readHeap(host, 'ic0.call_new name_src', unsigned(nameSrc), unsigned(nameSize), 2);
      host.message.underConstruction = {
        callee: bytesToPrincipal(callee),
        method: decodeName(name),
        onReply: { fun: functionIndex(replyFun), env: replyEnv },
        onReject: { fun: functionIndex(rejectFun), env: rejectEnv },
        onCleanup: undefined,
        payload: [],
        payloadBytes: 0,
        cycles: 0n,
        timeoutSeconds: undefined,
      };
    },

    call_on_cleanup: (fun: number, env: CallbackArgument): void => {
      const call = underConstruction(host, 'call_on_cleanup');
      if (call.onCleanup) {
        violate(
          'ic0.call_on_cleanup can be called at most once between `ic0.call_new` and `ic0.call_perform`',
        );
      }
      call.onCleanup = { fun: functionIndex(fun), env };
    },

    call_data_append: (src: number, size: number): void => {
      const call = underConstruction(host, 'call_data_append');
      const length = unsigned(size);
      const current = call.method.length + call.payloadBytes;
      if (current + length > BYTES.requestMax) {
        violateAsUser(
          `Request to ${call.callee}:${call.method} has a payload size of ${current + length}, which exceeds the allowed limit of ${BYTES.requestMax}.`,
        );
      }
      call.payload.push(readHeap(host, 'ic0.call_data_append', unsigned(src), length));
      call.payloadBytes += length;
    },

    call_with_best_effort_response: (seconds: number): void => {
      const call = underConstruction(host, 'call_with_best_effort_response');
      if (call.timeoutSeconds !== undefined) {
        violate('ic0_call_with_best_effort_response failed because a timeout is already set.');
      }
      call.timeoutSeconds = Math.min(seconds >>> 0, TIMES_NS.bestEffortTimeoutMaxSeconds);
    },

    call_cycles_add: (amount: bigint): void => addCycles(host, 'call_cycles_add', BigInt.asUintN(64, amount)),
    call_cycles_add128: (high: bigint, low: bigint): void =>
      addCycles(host, 'call_cycles_add128', wide(high, low)),

    call_perform: (): number => {
      const { message } = host;
      const call = underConstruction(host, 'call_perform');
      message.underConstruction = undefined;
      const pending = message.calls.filter(({ callee }) => callee === call.callee).length;
      const bytes = Buffer.byteLength(call.method) + call.payloadBytes;
      const isBestEffort = call.timeoutSeconds !== undefined;
      if (
        message.environment.freeSlots(call.callee) <= pending ||
        !message.account.send({ bytes, isBestEffort })
      ) {
        message.account.receive(call.cycles);
        return NOT_SENT;
      }
      message.calls.push(call);
      return SENT;
    },
  };
}

/** Drops the call under construction and returns its cycles. */
function discard({ message }: Host): void {
  if (message.underConstruction) message.account.receive(message.underConstruction.cycles);
  message.underConstruction = undefined;
}

function underConstruction({ message }: Host, name: string): OutgoingCall {
  return message.underConstruction ?? violate(`ic0.${name} called when no call is under construction.`);
}

function addCycles(host: Host, name: string, amount: bigint): void {
  const call = underConstruction(host, name);
  host.message.account.attach(amount);
  call.cycles += amount;
}

/** The maximum index of a table entry. */
const FUNCTION_INDEX_MAX = 0xffff_ffff;
const functionIndex = (fun: number): number => Math.min(unsigned(fun), FUNCTION_INDEX_MAX);

function decodeName(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return violate('ic0.call_new: method name is not valid UTF-8');
  }
}

/** `ic0.msg_*` and `ic0.accept_message`: the current message and its answer. */
import { concatBytes } from '../bytes.js';
import { FaultError, payloadTooLarge } from '../errors.js';
import { copyToHeap, readHeap, unsigned, violate, type Host } from './host.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function createMessageFunctions(host: Host) {
  return {
    msg_arg_data_size: (): number => host.message.arg.length,
    msg_arg_data_copy: (dst: number, offset: number, size: number): void =>
      copyToHeap(host, 'msg_arg_data_copy', 'payload', host.message.arg, dst, offset, size),

    msg_caller_size: (): number => host.message.caller.length,
    msg_caller_copy: (dst: number, offset: number, size: number): void =>
      copyToHeap(host, 'msg_caller_copy', 'id', host.message.caller, dst, offset, size),

    msg_method_name_size: (): number => host.message.methodName.length,
    msg_method_name_copy: (dst: number, offset: number, size: number): void =>
      copyToHeap(host, 'msg_method_name_copy', 'payload', host.message.methodName, dst, offset, size),

    accept_message: (): void => {
      if (host.message.isAccepted) violate('ic0.accept_message: the function was already called.');
      host.message.isAccepted = true;
    },

    msg_reply_data_append: (src: number, size: number): void => {
      const { message } = host;
      if (isAnswered(host)) violate('ic0.msg_reply_data_append: the call is already replied.');
      const length = unsigned(size);
      const total = message.replyBytes + length;
      if (total > message.replyBytesMax) {
        throw new FaultError(payloadTooLarge('msg_reply_data_append', total, message.replyBytesMax));
      }
      const part = readHeap(host, 'msg.reply', unsigned(src), length);
      message.replyParts.push(part);
      message.replyBytes = total;
    },

    msg_reply: (): void => {
      if (isAnswered(host)) violate('ic0.msg_reply: the call is already replied');
      const { message } = host;
      message.answer = { kind: 'reply', bytes: concatBytes(message.replyParts, message.replyBytes) };
    },

    msg_reject: (src: number, size: number): void => {
      if (isAnswered(host)) violate('ic0.msg_reject: the call is already replied');
      const { message } = host;
      const length = unsigned(size);
      if (length > message.replyBytesMax) {
        throw new FaultError(payloadTooLarge('msg_reject', length, message.replyBytesMax));
      }
      const bytes = readHeap(host, 'ic0.msg_reject', unsigned(src), length);
      message.answer = { kind: 'reject', text: decodeReject(bytes) };
    },

    msg_reject_code: (): number => host.message.rejectCode,
    msg_reject_msg_size: (): number => host.message.rejectText.length,
    msg_reject_msg_copy: (dst: number, offset: number, size: number): void =>
      copyToHeap(host, 'msg_reject_msg_copy', 'msg', host.message.rejectText, dst, offset, size),

    msg_deadline: (): bigint => host.message.deadlineNs,
  };
}

const isAnswered = ({ message }: Host): boolean => message.answeredBefore || message.answer !== undefined;

function decodeReject(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return violate('ic0.msg_reject: invalid UTF-8 string provided');
  }
}

/**
 * How long an upload takes on a network, without one: its calls are laid into blocks. The model, and where its numbers come from:
 *
 * - A block is made every `blockSeconds` (about 1 s on an application subnet: UNIT_DELAY_APP_SUBNET, ic repository, rs/limits).
 * - A call that is sent before a block is made is in it, and its certified answer is with the client one block later: a round trip of
 *   two blocks. Assumption, after the documentation: "update calls are answered in about 2 seconds" on a subnet of low load
 *   (internetcomputer.org, Troubleshooting latency).
 * - A block holds 4 MiB and 1,000 messages of ingress (MAX_INGRESS_BYTES_PER_BLOCK, MAX_INGRESS_MESSAGES_PER_BLOCK, rs/limits), all of it ours.
 * - A message of more than 2e9 instructions takes a further round for each slice begun (ic repository, rs/config, subnet_config.rs).
 * - begin is answered before the first put is sent, and every put before finish. Between them at most `inFlight` puts are open.
 *
 * Not modelled: the line from the client (the bytes are the same whatever the chunk size), other users of the subnet, lost calls.
 */
export interface NetworkCall {
  /** Bytes in the block. */
  readonly bytes: number;
  readonly instructions: number;
}

export interface NetworkOptions {
  readonly inFlight: number;
  /** Seconds. */
  readonly blockSeconds: number;
}

export interface NetworkTime {
  readonly inFlight: number;
  readonly rounds: number;
  readonly seconds: number;
}

export const ROUND_TRIP_BLOCKS = 2;
export const BLOCK_INGRESS_BYTES_MAX = 4 * 1024 * 1024;
export const BLOCK_INGRESS_MESSAGES_MAX = 1_000;
const SLICE_INSTRUCTIONS = 2_000_000_000;
/**
 * What an ingress message has besides its argument: principals, method name, nonce, expiry, an Ed25519 key of 44 B and a signature of 64 B,
 * and the CBOR around them. Rounded up.
 */
export const ENVELOPE_BYTES = 400;

export function networkTime(
  calls: readonly NetworkCall[],
  { inFlight, blockSeconds }: NetworkOptions,
): NetworkTime {
  const [first, ...rest] = calls;
  const last = rest.pop();
  const phases = [first === undefined ? [] : [first], rest, last === undefined ? [] : [last]];
  const rounds = phases.reduce((sum, phase) => sum + roundsOf(phase, inFlight), 0);
  return { inFlight, rounds, seconds: rounds * blockSeconds };
}

/** Blocks from the sending of the first call to the answer of the last. */
function roundsOf(calls: readonly NetworkCall[], inFlight: number): number {
  /** Blocks at whose end an answer arrives, of the calls in flight. */
  let open: number[] = [];
  let next = 0;
  let round = 0;
  let end = 0;
  while (next < calls.length) {
    open = open.filter((answered) => answered > round);
    let bytes = 0;
    let messages = 0;
    while (next < calls.length && open.length < inFlight && messages < BLOCK_INGRESS_MESSAGES_MAX) {
      const call = calls[next]!;
      const size = call.bytes + ENVELOPE_BYTES;
      // A block takes any one message, so that one of more than its size does not wait for ever.
      if (messages > 0 && bytes + size > BLOCK_INGRESS_BYTES_MAX) break;
      bytes += size;
      messages++;
      next++;
      const answered = round + ROUND_TRIP_BLOCKS + extraSlices(call.instructions);
      open.push(answered);
      end = Math.max(end, answered);
    }
    round++;
  }
  return end;
}

function extraSlices(instructions: number): number {
  return Math.max(0, Math.ceil(instructions / SLICE_INSTRUCTIONS) - 1);
}

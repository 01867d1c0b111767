/**
 * Estimates how long an upload takes on a network by assigning its calls to blocks. The model and the sources of its numbers:
 *
 * - The subnet makes a block every `blockSeconds` (about 1 s on an application subnet: UNIT_DELAY_APP_SUBNET, ic repository, rs/limits).
 * - A call that is sent before a block is made is in that block. Its certified response reaches the client one block later: a round trip
 *   of two blocks. This is an assumption after the documentation: "update calls are answered in about 2 seconds" on a subnet with low
 *   load (internetcomputer.org, Troubleshooting latency).
 * - A block holds 4 MiB and 1,000 messages of ingress (MAX_INGRESS_BYTES_PER_BLOCK, MAX_INGRESS_MESSAGES_PER_BLOCK, rs/limits). The upload
 *   uses all of it.
 * - A message of more than 2e9 instructions takes another round per started slice (ic repository, rs/config, subnet_config.rs).
 * - The client sends the first put after begin has returned, and finish after all puts have. At most `inFlight` puts are in flight.
 *
 * The model omits the client's connection (the bytes hardly depend on the chunk size), other users of the subnet, and lost calls.
 */
export interface NetworkCall {
  /** Bytes of the argument. */
  readonly bytes: number;
  readonly instructions: number;
}

export interface NetworkOptions {
  /** Maximum number of puts in flight. */
  readonly inFlight: number;
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
 * The bytes of an ingress message besides its argument: principals, method name, nonce, expiry, an Ed25519 key of 44 B, a signature of
 * 64 B, and their CBOR. Rounded up.
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

/** Number of blocks from sending the first call to receiving the last response. */
function roundsOf(calls: readonly NetworkCall[], inFlight: number): number {
  const waiting = calls.values();
  let next = waiting.next();
  /** The blocks in which the responses of the calls in flight arrive. */
  let open: number[] = [];
  let end = 0;
  for (let round = 0; next.done !== true; round++) {
    open = open.filter((responded) => responded > round);
    let bytes = 0;
    let messages = 0;
    while (next.done !== true && open.length < inFlight && messages < BLOCK_INGRESS_MESSAGES_MAX) {
      const { value: call } = next;
      const size = call.bytes + ENVELOPE_BYTES;
      // A block accepts any single message, so that a message larger than a block is not delayed for ever.
      if (messages > 0 && bytes + size > BLOCK_INGRESS_BYTES_MAX) break;
      bytes += size;
      messages++;
      const responded = round + ROUND_TRIP_BLOCKS + extraSlices(call.instructions);
      open.push(responded);
      end = Math.max(end, responded);
      next = waiting.next();
    }
  }
  return end;
}

function extraSlices(instructions: number): number {
  return Math.max(0, Math.ceil(instructions / SLICE_INSTRUCTIONS) - 1);
}

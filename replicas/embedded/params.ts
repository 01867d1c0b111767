/**
 * The limits and costs of an application subnet of 13 nodes. `subnet-profile.ts` has the values of other subnets.
 *
 * Source: PocketIC 10.0.0, rs/config/src/{subnet_config,embedders,execution_environment}.rs, rs/limits/src/lib.rs,
 * rs/types/types/src. Instructions and bytes are numbers, all below 2^53. Cycles and times are `bigint`.
 */

const KIB = 1_024;
const MIB = 1_024 * KIB;
const GIB = 1_024 * MIB;

/** Initial time of PocketIC's clock in nanoseconds since 1970, before the first subnet is created. */
export const START_TIME_NS = 1_620_328_630_000_000_000n;

/** Index of the first canister id that PocketIC assigns on its first application subnet: `lxzze-o7777-77777-aaaaa-cai`. */
export const FIRST_CANISTER_INDEX = 0xffff_ffff_ffe0_0000n;
/** Number of canister ids of that subnet. */
export const CANISTER_RANGE_SIZE = 1_048_576n;

export const INSTRUCTIONS = {
  /** Limit of updates, tasks, and callbacks. */
  messageMax: 40e9,
  /** Limit of queries, replicated or not, and of a whole composite query call graph. */
  queryMax: 5e9,
  inspectMax: 200e6,
  installMax: 300e9,
  sliceMax: 2e9,
  /** A round starts no further message once it has used as many instructions. */
  roundMessagesMax: 2e9 + 1,
  /** A round starts no further heavy call to the management canister once those of the round have used as many instructions. */
  roundManagementMax: 7e9 / 16,
  /** What a round counts for each execution besides the instructions of the canister. */
  perExecution: 2e6,
  /** What a round counts for each canister that executes. */
  perCanister: 8e6,
  /** What a round counts for each canister of the subnet after a pass. */
  perCanisterInPass: 12_000,
  /** The share of a callback's limit that is reserved for its cleanup. */
  cleanupShare: 0.05,
  perDirtyHeapPage: 1_000,
  perDirtyHeapPageWasm64: 4_000,
  perDirtyStablePage: 1_000,
  perCompositeCall: 50e6,
  perCompiledInstruction: 6_000,
  /** Divisor of the compilation cost of a module that the subnet compiled before. */
  knownModuleDiscount: 100,
  perUploadedChunk: 200e6,
  snapshotBase: 2e9,
} as const;

export const BYTES = {
  stableMax: 500 * GIB,
  ingressMax: 2 * MIB,
  ingressHistoryMax: 4 * GIB,
  /** Limit of the ingress messages of a round. */
  blockMax: 4 * MIB,
  /** Limit of method name and payload of a call to a canister of the same subnet. */
  requestMax: 10 * MIB,
  /** Limit of method name and payload of a call to a canister of another subnet. */
  remoteRequestMax: 2 * MIB,
  replyMax: 2 * MIB,
  queryReplyMax: 3 * MIB,
  logMax: 4 * KIB,
  /** Size of a log record in memory without its content. */
  logRecordOverhead: 40,
  debugPrintMax: 32 * KIB,
  trapMessageMax: 16 * KIB,
  errorTextMax: 8 * KIB,
  certifiedDataMax: 32,
  environmentVariableMax: 128,
  /** Limit of the response body of an HTTP outcall. */
  httpResponseMax: 2_000_000,
  /** Limit of headers and body of an HTTP outcall. */
  httpRequestMax: 2_000_000,
  httpUrlMax: 8 * KIB,
  /** Limit of the name and of the value of a header of an HTTP outcall. */
  httpHeaderPartMax: 8 * KIB,
  httpHeaderMax: 16 * KIB,
  httpHeadersMax: 48 * KIB,
  wasmMemoryLimitDefault: 3 * GIB,
  chunkMax: MIB,
  /** Limit of the slice of a snapshot that one call reads. */
  snapshotSliceMax: 2_000_000,
  chunkStoreMax: 100 * MIB,
  /** Size of one exported global in the replicated state, where every global takes the space of a v128. */
  globalSize: 32,
  /** Bytes that a response in a queue takes besides its payload. Recorded: trace 06, exchange 478. */
  responseOverhead: 144,
  /** Bytes that a request in a queue takes besides its method name and payload. */
  requestOverhead: 176,
  /** An argument of `update_settings` up to this size is paid for after the settings have changed. */
  delayedIngressMax: 324,
  stableDirtyMaxUpdate: 2 * GIB,
  stableDirtyMaxInstall: 8 * GIB,
  stableAccessMaxQuery: GIB,
} as const;

export const COUNTS = {
  queueCapacity: 500,
  /** Maximum number of ingress messages of a round. */
  blockMessagesMax: 1_000,
  compositeDepthMax: 6,
  controllersMax: 10,
  snapshotsMax: 10,
  /** A subnet writes its state to disk after as many rounds. */
  roundsPerCheckpoint: 500,
  roundsPerCheckpointOfSystem: 200,
  environmentVariablesMax: 20,
  httpHeadersMax: 64,
  /** Maximum number of HTTP outcalls of a subnet that wait for an answer. */
  httpOutcallsMax: 3_000,
  /** Maximum number of HTTP outcalls that a round answers. */
  httpAnswersMax: 500,
  /** Waiting requests for signatures of one threshold key. */
  signatureRequestsMax: 20,
} as const;

export const TIMES_NS = {
  ingressTtl: 300_000_000_000n,
  /** Time after which an HTTP outcall without a response fails. */
  httpOutcallTimeout: 60_000_000_000n,
  /** Time after which the network accepts no response to an HTTP outcall. */
  httpResponseTtl: 300_000_000_000n,
  /** Time after which a call of `stop_canister` fails. */
  stopTimeout: 300_000_000_000n,
  bestEffortTimeoutMaxSeconds: 300,
  chargePeriod: 10_000_000_000n,
} as const;

export const CYCLES = {
  provisionalDefault: 100_000_000_000_000n,
  createCanister: 500_000_000_000n,
  executionBase: 5_000_000n,
  instruction: 1n,
  instructionWasm64: 2n,
  xnetCall: 260_000n,
  xnetByte: 1_000n,
  ingress: 1_200_000n,
  ingressByte: 2_000n,
  /** Price per GiB and second. */
  storage: 127_000n,
  /** Price per percent of compute allocation and second. */
  computePercent: 10_000_000n,
  /** Price of a signature or key derivation on a subnet of 13 nodes. */
  thresholdKey: 10_000_000_000n,
  freezingThresholdSecondsDefault: 2_592_000n,
  reservedLimitDefault: 5_000_000_000_000n,
  /** Price of an HTTP outcall per node; the second term is multiplied by the number of nodes once more. */
  outcall: 3_000_000n,
  outcallNode: 60_000n,
  outcallRequestByte: 400n,
  outcallResponseByte: 800n,
  /** A balance is an unsigned number of 128 bits. Additions saturate. */
  balanceMax: 2n ** 128n - 1n,
} as const;

/** The memory of a subnet, in bytes. Recorded: trace 06, exchange 33 (capacity and threads), and exchange 95 (reservation of cycles). */
export const SUBNET_MEMORY = {
  capacity: 2_048 * GIB,
  /** Growing memory reserves cycles once the canisters use more than this. */
  reservationThreshold: 750 * GIB,
  /** The part of the capacity that only callbacks may use. */
  callbackReserve: 10 * GIB,
  /** The subnet divides its capacity by the number of its execution threads. */
  threads: 4,
} as const;

/** The longest time for which growing memory reserves cycles. */
export const STORAGE_RESERVATION_SECONDS_MAX = 300_000_000n;

/** Percent of compute allocation that a subnet can give to its canisters. Recorded: trace 07, exchange 522. */
export const COMPUTE_CAPACITY_PERCENT = 150n;

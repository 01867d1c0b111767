/** The other `ic0` functions: identity, time, certified data, counters, logging, traps, and environment variables. */
import { calledTrap, FaultError, invalidPrincipal, variableMissing, wrongMode } from '../errors.js';
import { BYTES } from '../params.js';
import { bytesToPrincipal, PRINCIPAL_BYTES_MAX, principalToBytes } from '../principals.js';
import { HEAP_BASE } from '../wasm/instrumented-module.js';
import { NON_REPLICATED } from './contexts.js';
import {
  copyToHeap,
  isInHeap,
  readHeap,
  requireMemory,
  unsigned,
  violate,
  violateAsUser,
  writeHeap,
  type Host,
} from './host.js';

const lossyUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8 = new TextEncoder();

/** Instructions per call and per byte. Source: PocketIC 10.0.0, `logging_charge_bytes` in system_api.rs. */
const DEBUG_PRINT_INSTRUCTIONS = 100;
const TRAP_INSTRUCTIONS = 500;
const STORED_BYTE_INSTRUCTIONS = 2;
const SENT_BYTE_INSTRUCTIONS = 50;

export function createSystemFunctions(host: Host) {
  return {
    canister_self_size: (): number => principalToBytes(host.message.environment.self).length,
    canister_self_copy: (dst: number, offset: number, size: number): void => {
      const self = principalToBytes(host.message.environment.self);
      copyToHeap(host, 'canister_self_copy', 'id', self, dst, offset, size);
    },
    subnet_self_size: (): number => host.message.environment.subnet.length,
    subnet_self_copy: (dst: number, offset: number, size: number): void =>
      copyToHeap(host, 'subnet_self_copy', 'id', host.message.environment.subnet, dst, offset, size),
    root_key_size: (): number => host.message.environment.rootKey.length,
    root_key_copy: (dst: number, offset: number, size: number): void =>
      copyToHeap(host, 'root_key_copy', 'bytes', host.message.environment.rootKey, dst, offset, size),

    canister_status: (): number => host.message.environment.status,
    canister_version: (): bigint => BigInt(host.message.environment.version),
    is_controller: (src: number, size: number): number => {
      const bytes = readHeap(host, 'ic0.is_controller', unsigned(src), unsigned(size));
      if (bytes.length > PRINCIPAL_BYTES_MAX) throw new FaultError(invalidPrincipal());
      return host.message.environment.controllers.includes(bytesToPrincipal(bytes)) ? 1 : 0;
    },
    in_replicated_execution: (): number => ((host.message.context & NON_REPLICATED) === 0 ? 1 : 0),

    time: (): bigint => {
      host.message.readsTime = true;
      return host.message.environment.timeNs;
    },
    global_timer_set: (deadline: bigint): bigint => {
      const { message } = host;
      const previous = message.globalTimerNs ?? message.environment.globalTimerNs;
      message.globalTimerNs = BigInt.asUintN(64, deadline);
      return BigInt.asIntN(64, previous);
    },
    performance_counter: (kind: number): number => {
      if (kind === 0) return host.executed();
      if (kind === 1) return host.message.instructionsBefore + host.executed();
      return violateAsUser(`Error getting performance counter type ${kind >>> 0}`);
    },

    certified_data_set: (src: number, size: number): void => {
      host.message.certifiedData = readCertifiedData(host, unsigned(src), unsigned(size));
    },
    data_certificate_present: (): number => (host.message.hasCertificate ? 1 : 0),
    data_certificate_size: (): number => certificate(host, 'data_certificate_size').length,
    data_certificate_copy: (dst: number, offset: number, size: number): void =>
      copyCertificate(host, unsigned(dst), unsigned(offset), unsigned(size)),

    debug_print: (src: number, size: number): void => {
      const start = unsigned(src);
      const length = unsigned(size);
      chargeLogging(host, DEBUG_PRINT_INSTRUCTIONS, length);
      addLogRecord(
        host,
        readHeapOr(
          host,
          start,
          Math.min(length, BYTES.debugPrintMax),
          '(debug_print message out of memory bounds)',
        ),
      );
    },
    trap: (src: number, size: number): void => {
      const length = unsigned(size);
      chargeLogging(host, TRAP_INSTRUCTIONS, length);
      const bytes = readHeapOr(
        host,
        unsigned(src),
        Math.min(length, BYTES.trapMessageMax),
        '(trap message out of memory bounds)',
      );
      const message = lossyUtf8.decode(bytes);
      throw new FaultError(calledTrap(message, host.backtrace(new Error(message))));
    },

    // PocketIC 10.0.0 links these functions only with its beta features.
    env_var_count: (): number => host.message.environment.variables.size,
    env_var_name_size: (index: number): number => variableName(host, index).length,
    env_var_name_copy: (index: number, dst: number, offset: number, size: number): void =>
      copyToHeap(host, 'env_var_name_copy', 'name', variableName(host, index), dst, offset, size, 1),
    env_var_name_exists: (src: number, size: number): number =>
      host.message.environment.variables.has(readName(host, 'env_var_name_exists', src, size)) ? 1 : 0,
    env_var_value_size: (src: number, size: number): number =>
      variableValue(host, 'env_var_value_size', src, size).length,
    env_var_value_copy: (
      nameSrc: number,
      nameSize: number,
      dst: number,
      offset: number,
      size: number,
    ): void => {
      const value = variableValue(host, 'env_var_value_copy', nameSrc, nameSize);
      copyToHeap(host, 'env_var_value_copy', 'value', value, dst, offset, size, 2);
    },
  };
}

/** Only the first query of a graph has a certificate. */
function certificate({ message }: Host, name: 'data_certificate_size' | 'data_certificate_copy'): Uint8Array {
  const bytes = message.certificate();
  if (bytes === undefined) throw new FaultError(wrongMode(name, message.mode));
  return bytes;
}

function copyCertificate(host: Host, dst: number, offset: number, size: number): void {
  const source = certificate(host, 'data_certificate_copy');
  const check = (what: string, start: number, index: number, limit: number): void => {
    if (start + size <= limit) return;
    const found = `${what} = ${host.exactOperand(index, start)} and size = ${host.exactOperand(2, size)}`;
    violate(
      `ic0_data_certificate_copy failed because ${what} + size is out of bounds. ` +
        `Found ${found} while ${what} + size must be <= ${limit}`,
    );
  };
  check('offset', offset, 1, source.length);
  check('dst', dst, 0, host.heap.byteLength);
  writeHeap(host, dst, source, offset, size);
}

function readCertifiedData(host: Host, src: number, size: number): Uint8Array {
  const length = host.exactOperand(1, size);
  if (size > BYTES.certifiedDataMax) {
    violateAsUser(
      `ic0_certified_data_set failed because the passed data must be no larger than ${BYTES.certifiedDataMax} bytes. Found ${length} bytes.`,
      'Try certifying just the hash of your data instead of the full contents.',
      'certified_data_set-payload-too-large',
    );
  }
  if (!isInHeap(host, src, size)) {
    violate(
      'ic0_certified_data_set failed because src + size is out of bounds. ' +
        `Found src = ${host.exactOperand(0, src)} and size = ${length} while src + size must be <= ${host.heap.byteLength}`,
    );
  }
  return readHeap(host, 'ic0.certified_data_set', src, size);
}

function chargeLogging(host: Host, instructions: number, length: number): void {
  const free = host.message.log.freeBytes;
  const kept =
    STORED_BYTE_INSTRUCTIONS * Math.min(length, BYTES.logMax) +
    SENT_BYTE_INSTRUCTIONS * Math.min(length, free);
  if (Number.isSafeInteger(length)) host.charge(instructions + length + kept);
  else host.charge(BigInt(instructions + kept) + host.exactOperand(1, length));
}

/** Appends a log record with the time of the message. */
export function addLogRecord({ message }: Pick<Host, 'message'>, content: Uint8Array): void {
  message.log.add(message.environment.timeNs, content);
}

/** Copies a range of the heap, or returns a text if the range is out of bounds. */
function readHeapOr(host: Host, start: number, length: number, fallback: string): Uint8Array {
  requireMemory(host);
  return isInHeap(host, start, length)
    ? host.heap.bytes.slice(HEAP_BASE + start, HEAP_BASE + start + length)
    : utf8.encode(fallback);
}

/** The text of such a fault has no words before it, and there is no advice. */
function variableFault(text: string): never {
  throw new FaultError(variableMissing(text));
}

function variableName(host: Host, index: number): Uint8Array {
  const names = [...host.message.environment.variables.keys()];
  const name = names[unsigned(index)];
  return name === undefined
    ? variableFault(
        `Environment variable index ${host.exactOperand(0, unsigned(index))} is out of bounds. The number of environment variables is ${names.length}.`,
      )
    : utf8.encode(name);
}

function variableValue(host: Host, what: string, src: number, size: number): Uint8Array {
  const name = readName(host, what, src, size, what === 'env_var_value_copy' ? 'name' : 'heap');
  const value = host.message.environment.variables.get(name);
  return value === undefined ? variableFault(`Environment variable ${name} not found.`) : utf8.encode(value);
}

function readName(
  host: Host,
  what: string,
  src: number,
  size: number,
  range: 'heap' | 'name' = 'heap',
): string {
  if (unsigned(size) > BYTES.environmentVariableMax)
    violateAsUser(`ic0.${what}: Variable name is too large.`);
  const bytes = readHeap(host, `ic0.${what} ${range}`, unsigned(src), unsigned(size));
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return violateAsUser(
      `ic0.${what}: Variable name is not a valid UTF-8 string.`,
      'Provide a valid UTF-8 string for the environment variable name.',
    );
  }
}

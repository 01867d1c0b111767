/** A Schedule in words: `begin A`, `put A[3]`, `finish A`. */
import type { AssetSource, ChunkData, Limits, Operation, Schedule, Step } from '../../model/schedule.js';
import { interfaceText } from '../history/calls.js';

const CHUNK_DATA: { readonly [K in ChunkData['kind']]: (data: ChunkData & { readonly kind: K }) => string } =
  {
    right: () => '',
    flipped: ({ at }) => ` with byte ${at} flipped`,
    short: () => ' one byte short',
    long: () => ' one byte too long',
    empty: () => ' with no bytes',
    'of-index': ({ index }) => ` with the bytes of chunk ${index}`,
  };

const signed = (count: number) => (count > 0 ? `+${count}` : String(count));

export function describeOperation(operation: Operation): string {
  return `${describeCandid(operation)}${interfaceText(operation)}`;
}

function describeCandid(operation: Operation): string {
  const by = 'by' in operation && operation.by !== undefined ? ` by caller ${operation.by}` : '';
  switch (operation.op) {
    case 'begin': {
      const chunks = operation.chunksOff ? `, chunks ${signed(operation.chunksOff)}` : '';
      const capsule =
        operation.capsuleOf === undefined ? '' : `, in the capsule of caller ${operation.capsuleOf}`;
      return `begin ${operation.session} (file ${operation.file}, caller ${operation.caller}, key "${operation.key}"${chunks}${capsule})`;
    }
    case 'put': {
      const describe = CHUNK_DATA[operation.data.kind] as (data: ChunkData) => string;
      return `put ${operation.session}[${operation.index}]${describe(operation.data)}${by}`;
    }
    case 'finish': {
      const hash = operation.hash === 'right' ? '' : ` with hash ${operation.hash}`;
      const length = operation.lengthOff === 0 ? '' : ` with length ${signed(operation.lengthOff)}`;
      return `finish ${operation.session}${hash}${length}${by}`;
    }
    case 'cleanup':
    case 'list':
    case 'listMemories':
    case 'stats':
    case 'config':
      return `${operation.op} by caller ${operation.caller}`;
    case 'memory': {
      const capsule =
        operation.capsuleOf === undefined ? '' : `, in the capsule of caller ${operation.capsuleOf}`;
      const assets = operation.assets.map(describeAsset).join(', ');
      return `memory ${operation.memory} of ${assets === '' ? 'nothing' : assets} (caller ${operation.caller}${capsule})`;
    }
    case 'readMemory':
    case 'deleteMemory':
      return `${operation.op} ${operation.memory}${by}`;
    default:
      return `${operation.op} ${operation.session}${by}`;
  }
}

function describeAsset(asset: AssetSource): string {
  return 'blobOf' in asset
    ? `${asset.kind}: the blob of ${asset.blobOf}`
    : `${asset.kind}: ${asset.inlineBytes} inline bytes`;
}

function limitsText(limits: Limits): string {
  return Object.entries(limits)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

export function describeStep(step: Step): string {
  switch (step.do) {
    case 'call':
      return `lane ${step.lane}: ${describeOperation(step.operation)}${step.hold === true ? ' (held)' : ''}`;
    case 'deliver':
      return `deliver message ${step.pick} of those in flight`;
    case 'drain':
      return 'deliver all that is in flight';
    case 'advance':
      return `let ${step.seconds} s pass`;
    case 'restart':
      return 'stop the canister and start it again';
    case 'upgrade':
      return `upgrade the canister${step.limits === undefined ? '' : ` with ${limitsText(step.limits)}`}`;
  }
}

/** One line a step, numbered from 1. */
export function describeSchedule(schedule: Schedule): string[] {
  const width = String(schedule.steps.length).length;
  return schedule.steps.map((step, i) => `${String(i + 1).padStart(width)}  ${describeStep(step)}`);
}

export function operationCount({ steps }: Pick<Schedule, 'steps'>): number {
  return steps.filter((step) => step.do === 'call').length;
}

/** How often the lane changes from one call to the next. */
export function contextSwitches({ steps }: Pick<Schedule, 'steps'>): number {
  const lanes = steps.flatMap((step) => (step.do === 'call' ? [step.lane] : []));
  return lanes.filter((lane, i) => i > 0 && lane !== lanes[i - 1]).length;
}

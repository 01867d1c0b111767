/** Which rules apply to a target, by the promises that each requires, and which of them are selected. */
import type { Promises } from '../../targets/promises.js';
import { currentRuleName } from '../../targets/rule-names.js';
import type { RuleName, Target } from '../../targets/target.js';
import { layerOf } from '../evidence/rules.js';
import type { Layer } from '../evidence/verdict.js';

/** What a rule may depend on. */
export type JudgedTarget = Pick<
  Target,
  'defaultChunkSize' | 'shape' | 'promises' | 'operations' | 'canisters'
>;

interface Requirement {
  /** What the target must promise or offer, in words. */
  readonly requires: string;
  isMet(target: JudgedTarget): boolean;
}

const isSpecified = ({ promises }: JudgedTarget): boolean => promises.specification === 'upload.did';

/** A rule of the specification of canister/upload.did, which may require a promise besides. */
function specification(
  requires = '',
  isPromised: (promises: Promises, target: JudgedTarget) => boolean = () => true,
): Requirement {
  return {
    requires: ['the specification upload.did', ...(requires === '' ? [] : [requires])].join(', and '),
    isMet: (target) => isSpecified(target) && isPromised(target.promises, target),
  };
}

export const REQUIREMENTS: Readonly<Record<RuleName, Requirement>> = {
  'no-trap': {
    requires: 'nothing; traps are judged if errors are replies',
    isMet: () => true,
  },
  'well-formed-replies': { requires: 'nothing', isMet: () => true },
  'message-size': specification(),
  outcome: specification(),
  'stored-hash': { requires: 'nothing', isMet: () => true },
  completeness: {
    requires: 'that an incomplete finish is rejected, and puts that name their place or are appended',
    isMet: ({ promises, shape }) => promises.incompleteFinish === 'rejected' && shape.address !== 'receipt',
  },
  'upload-succeeds': { requires: 'nothing', isMet: () => true },
  'one-file-per-upload': { requires: 'nothing', isMet: () => true },
  'strangers-are-refused': {
    requires: 'that only the owner may make some call',
    isMet: ({ promises }) => Object.values(promises.access ?? {}).includes('owner'),
  },
  'wrong-calls-are-refused': { requires: 'nothing', isMet: () => true },
  'status-is-true': {
    requires: 'the operation status',
    isMet: ({ operations }) => operations.has('status'),
  },
  'listing-is-true': {
    requires: 'the operation listFiles',
    isMet: ({ operations }) => operations.has('listFiles'),
  },
  'uploads-are-listed': {
    requires: 'the operation list',
    isMet: ({ operations }) => operations.has('list'),
  },
  'usage-is-exact': {
    requires: 'the operation usage',
    isMet: ({ operations }) => operations.has('usage'),
  },
  'upgrades-succeed': {
    requires: 'that an upgrade keeps everything or files',
    isMet: ({ promises }) => promises.upgrade === 'everything' || promises.upgrade === 'files',
  },
  'memories-read-back': {
    requires: 'the operations memory and readMemory',
    isMet: ({ operations }) => operations.has('memory') && operations.has('readMemory'),
  },
  'storage-is-reclaimed': {
    requires: 'that storage is reclaimed; the heap is judged if it has a budget',
    isMet: ({ promises }) => promises.storage === 'reclaimed',
  },
  budgets: {
    requires: 'budgets',
    isMet: ({ promises }) => promises.budgets !== undefined,
  },
  'put-cost': { requires: 'nothing', isMet: () => true },
  'immediate-retrieval': { requires: 'nothing', isMet: () => true },
  'terminal-states': specification(),
  idempotency: specification(),
  liveness: specification(),
  'survives-upgrade': specification(),
  expiry: specification('an expiry', ({ expiry }) => expiry !== undefined && expiry !== 'never'),
  conservation: specification('the operation stats', (_, { operations }) => operations.has('stats')),
  'stable-growth': specification('that storage is reclaimed', ({ storage }) => storage === 'reclaimed'),
  'heap-growth': specification(),
  'instruction-cost': specification(),
};

/** The rules that apply to a target. */
export function applicableRules(target: JudgedTarget): ReadonlySet<RuleName> {
  const names = Object.keys(REQUIREMENTS) as RuleName[];
  return new Set(names.filter((name) => REQUIREMENTS[name].isMet(target)));
}

/** Selects layers, rules, and relations by name; `undefined` selects everything that applies. */
export type RuleSelection = ReadonlySet<string>;

/** @param names absent: everything that applies */
export function selectionOf(names: readonly string[] | undefined): RuleSelection | undefined {
  return names === undefined ? undefined : new Set(names);
}

/** The names that select each layer. */
export const LAYER_NAMES: Readonly<Record<Layer, string>> = {
  fact: 'facts',
  relation: 'relations',
  specification: 'specification',
};

/** Whether the selection contains the rule, by its name, a former name, or the name of its layer. */
export function isSelected(selection: RuleSelection | undefined, name: string, layer: Layer): boolean {
  if (selection === undefined || selection.has(LAYER_NAMES[layer])) return true;
  return [...selection].some((selected) => currentRuleName(selected) === name);
}

/** The rules that apply to a target and are selected. */
export function selectedRules(target: JudgedTarget, only?: RuleSelection): ReadonlySet<RuleName> {
  return new Set([...applicableRules(target)].filter((name) => isSelected(only, name, layerOf(name))));
}

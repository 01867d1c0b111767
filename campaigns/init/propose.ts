/** Proposes a target for an interface: its shape, its calls, its limits, and what its author must decide. */
import type { ShapeInput } from '../../targets/shape.js';
import { chunkSizeField, type ChosenMethods, type Operation } from './choose-methods.js';
import { valueOf } from './expressions.js';
import { initOf, type InitProposal } from './init-argument.js';
import { meaningOf } from './meanings.js';
import { namingOf, type Naming } from './naming.js';
import type { Method } from './parse-candid.js';
import { introductionsOf, permissionOf, type Introduction, type Permission } from './permissions.js';
import { rolesOf } from './roles.js';
import type { CanisterSystem } from './system.js';
import { replyOf, variantCases } from './types.js';
import { errorKindOf } from './words.js';

export interface ProposedCall {
  readonly operation: Operation;
  readonly method: string;
  readonly values: readonly string[];
  /** The function `ok`; `undefined`: the reply means nothing. */
  readonly ok: string | undefined;
  /** The role of the canister that has the method; `undefined`: the main one. */
  readonly role: string | undefined;
  /** The function `canister`; `undefined`: the main canister is called. */
  readonly canister: string | undefined;
  /** What the author must check, one sentence each. */
  readonly todos: readonly string[];
}

/** A canister beside the one at which uploads begin. */
export interface ProposedCanister {
  readonly role: string;
  readonly init: InitProposal['init'];
}

export interface Proposal extends InitProposal {
  readonly canisters: readonly ProposedCanister[];
  /** Calls of the controller that make the canisters known to each other. */
  readonly introductions: readonly Introduction[];
  /** Whether every id is followed by its canister. */
  readonly isPlaced: boolean;
  /** How the controller permits a caller to upload; `undefined` if no method looks like it. */
  readonly permission: Permission | undefined;
  readonly shape: ShapeInput;
  /** The field of the reply to `begin` that names the length of a chunk; `undefined` if there is none. */
  readonly chunkSizeField: string | undefined;
  readonly calls: readonly ProposedCall[];
  readonly errors: Readonly<Record<string, string>>;
  readonly todos: readonly string[];
}

export function propose(system: CanisterSystem): Proposal {
  const { main, others, chosen } = system;
  const naming = namingOf(
    system,
    main.candid.methods.some(({ name }) => name === 'http_request'),
  );
  const operations = ORDER.filter((operation) => chosen[operation] !== undefined);
  const used = operations.filter((operation) => isUsed(operation, naming));
  const calls = used.flatMap((operation) => {
    const method = chosen[operation];
    return method === undefined ? [] : [proposedCall(operation, method, naming, system)];
  });
  const present = calls.flatMap((call) => call ?? []);
  return {
    shape: { ...naming.shape, ...finishArguments(present) },
    chunkSizeField: chosen.begin === undefined ? undefined : chunkSizeField(chosen.begin),
    calls: present,
    errors: errorsOf(operations.flatMap((operation) => chosen[operation] ?? [])),
    permission: permissionOf(main.candid),
    introductions: introductionsOf(system),
    isPlaced: system.placeField !== undefined,
    ...initsOf(system, naming.shape),
    todos: [...missingTodos(chosen, naming), ...others.flatMap(({ name }) => shadowedTodos(name, system))],
  };
}

/** The init arguments of all canisters, and the limits in any of them. */
function initsOf(
  { main, others }: CanisterSystem,
  shape: ShapeInput,
): InitProposal & Pick<Proposal, 'canisters'> {
  const names = new Map(others.map(({ name }) => [name, name]));
  const own = initOf(main.candid.init, shape, names);
  const further = others.map(({ name, candid }) => {
    const known = new Map([...names].filter(([other]) => other !== name)).set(main.name, 'main');
    return { role: name, ...initOf(candid.init, shape, known) };
  });
  const hasSize = [own, ...further].some(({ limits }) => limits['chunkSize'] === "'init'");
  const limits = Object.assign({}, ...[...further, own].map((one) => one.limits)) as InitProposal['limits'];
  return {
    init: own.init,
    limits: hasSize ? { ...limits, chunkSize: "'init'" } : limits,
    expiry: own.expiry ?? further.find(({ expiry }) => expiry !== undefined)?.expiry,
    canisters: further.map(({ role, init }) => ({ role, init })),
  };
}

/** A method of a canister that another canister has too: the interfaces are joined, and one of the two counts. */
function shadowedTodos(role: string, { main, others, chosen, roleOf }: CanisterSystem): readonly string[] {
  const methods = Object.values(chosen).filter((method) => roleOf(method) === role);
  const first = [
    main,
    ...others.slice(
      0,
      others.findIndex(({ name }) => name === role),
    ),
  ];
  return methods
    .filter((method) => first.some(({ candid }) => candid.methods.some(({ name }) => name === method.name)))
    .map(({ name }) => `several canisters have a method ${name}: check whose interface the target uses`);
}

/** What a finish sends. Its arguments may hold a hash deep inside. */
function finishArguments(calls: readonly ProposedCall[]): ShapeInput {
  const finish = calls.find(({ operation }) => operation === 'finish');
  const code = finish?.values.join(' ') ?? '';
  return {
    ...(/\bsha256\b(?!:)/.test(code) ? {} : { finishTakesHash: false }),
    ...(code.includes('totalLength') ? { finishTakesLength: true } : {}),
  };
}

/** The order in which a target lists its calls. */
const ORDER: readonly Operation[] = [
  'begin',
  'put',
  'finish',
  'abort',
  'status',
  'readMeta',
  'readChunk',
  'readWhole',
];

/** A file is read in one way. */
function isUsed(operation: Operation, { shape: { read = 'chunks' } }: Naming): boolean {
  if (operation === 'readWhole') return read === 'whole';
  return operation === 'readMeta' || operation === 'readChunk' ? read === 'chunks' || read === 'range' : true;
}

function missingTodos(chosen: ChosenMethods, { shape: { read } }: Naming): readonly string[] {
  return [
    ...(chosen.put === undefined ? ['no method was found that stores a chunk: add calls.put'] : []),
    ...(read === 'none'
      ? [
          'no method was found that reads a file, so what is stored is not checked: add calls.readWhole, or readMeta and readChunk',
        ]
      : []),
  ];
}

/** `undefined` if the reply of the method cannot mean what the operation needs. */
function proposedCall(
  operation: Operation,
  method: Method,
  naming: Naming,
  { chosen, roleOf }: CanisterSystem,
): ProposedCall | undefined {
  const meaning = meaningOf(operation, method, naming, chosen);
  const role = roleOf(method);
  const isPlaced = naming.placeField !== undefined && role !== undefined;
  if (meaning === undefined) return undefined;
  const roles = rolesOf({
    operation,
    ...naming,
    session: naming.shape.session ?? 'server',
    isPath: naming.shape.read === 'parts',
    isPlaced,
  });
  const values = method.args.map(({ name, type }) => valueOf(name, type, roles));
  const guesses = [...new Set(values.flatMap(({ guesses: own }) => own))];
  return {
    operation,
    method: method.name,
    values: values.map(({ code }) => code),
    ok: meaning.code,
    role,
    canister: role === undefined ? undefined : canisterCode(operation, role, isPlaced),
    todos: [...(guesses.length === 0 ? [] : [`check the value of ${guesses.join(', ')}`]), ...meaning.todos],
  };
}

function canisterCode(operation: Operation, role: string, isPlaced: boolean): string {
  if (!isPlaced) return `() => '${role}'`;
  const isRead = operation === 'readMeta' || operation === 'readChunk' || operation === 'readWhole';
  const id = isRead ? 'blobId' : 'sessionId';
  return `({ ${id} }) => canisterOf(${id})`;
}

function errorsOf(methods: readonly Method[]): Readonly<Record<string, string>> {
  const tags = methods.flatMap(({ replies }) => {
    const { error } = replyOf(replies);
    return error === undefined ? [] : (variantCases(error) ?? []).map(({ name }) => name);
  });
  return Object.fromEntries(
    [...new Set(tags)].sort().flatMap((tag) => {
      const kind = errorKindOf(tag);
      return kind === undefined || kind === tag ? [] : [[tag, kind]];
    }),
  );
}

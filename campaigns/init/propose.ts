/** Proposes a target for an interface: its shape, its calls, its limits, and what its author must decide. */
import type { ShapeInput } from '../../targets/shape.js';
import { chooseMethods, type ChosenMethods, type Operation } from './choose-methods.js';
import { valueOf } from './expressions.js';
import { initOf, type InitProposal } from './init-argument.js';
import { meaningOf } from './meanings.js';
import { namingOf, type Naming } from './naming.js';
import type { CandidInterface, Method } from './parse-candid.js';
import { permissionOf, type Permission } from './permissions.js';
import { rolesOf } from './roles.js';
import { replyOf, variantCases } from './types.js';
import { errorKindOf } from './words.js';

export interface ProposedCall {
  readonly operation: Operation;
  readonly method: string;
  readonly values: readonly string[];
  /** The function `ok`; `undefined`: the reply means nothing. */
  readonly ok: string | undefined;
  /** What the author must check, one sentence each. */
  readonly todos: readonly string[];
}

export interface Proposal extends InitProposal {
  /** How the controller permits a caller to upload; `undefined` if no method looks like it. */
  readonly permission: Permission | undefined;
  readonly shape: ShapeInput;
  readonly calls: readonly ProposedCall[];
  readonly errors: Readonly<Record<string, string>>;
  readonly todos: readonly string[];
}

export function propose(candid: CandidInterface): Proposal {
  const chosen = chooseMethods(candid);
  const naming = namingOf(
    chosen,
    candid.methods.some(({ name }) => name === 'http_request'),
  );
  const operations = ORDER.filter((operation) => chosen[operation] !== undefined);
  const used = operations.filter((operation) => isUsed(operation, naming));
  const calls = used.flatMap((operation) => {
    const method = chosen[operation];
    return method === undefined ? [] : [proposedCall(operation, method, naming, chosen)];
  });
  const present = calls.flatMap((call) => call ?? []);
  return {
    shape: { ...naming.shape, ...finishArguments(present) },
    calls: present,
    errors: errorsOf(operations.flatMap((operation) => chosen[operation] ?? [])),
    permission: permissionOf(candid),
    ...initOf(candid.init, naming.shape),
    todos: missingTodos(chosen, naming),
  };
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
  chosen: ChosenMethods,
): ProposedCall | undefined {
  const meaning = meaningOf(operation, method, naming, chosen);
  if (meaning === undefined) return undefined;
  const roles = rolesOf({
    operation,
    ...naming,
    session: naming.shape.session ?? 'server',
    isPath: naming.shape.read === 'parts',
  });
  const values = method.args.map(({ name, type }) => valueOf(name, type, roles));
  const guesses = [...new Set(values.flatMap(({ guesses: own }) => own))];
  return {
    operation,
    method: method.name,
    values: values.map(({ code }) => code),
    ok: meaning.code,
    todos: [...(guesses.length === 0 ? [] : [`check the value of ${guesses.join(', ')}`]), ...meaning.todos],
  };
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

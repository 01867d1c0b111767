/** Assembles all `ic0` functions. Each one traps in the contexts in which it may not be called. */
import { FaultError, wrongMode } from '../errors.js';
import { IC0_FUNCTIONS, ic0Signature, type Ic0Function } from '../wasm/ic0-signatures.js';
import { createCallFunctions } from './call-functions.js';
import { allowedContexts, EVERY_CONTEXT } from './contexts.js';
import { createCyclesFunctions } from './cycles-functions.js';
import type { Host } from './host.js';
import { createMessageFunctions } from './message-functions.js';
import { createStableFunctions } from './stable-functions.js';
import { createSystemFunctions } from './system-functions.js';

type Operand = number | bigint;
type HostFunction = (...operands: never[]) => unknown;

/** The module `ic0` of the import object for one instance. Wrappers in the wasm code charge instructions (`wasm/host-signatures.ts`). */
export function createSystemApi(host: Host): Record<string, HostFunction> {
  const functions: Record<Ic0Function, HostFunction> = {
    ...createMessageFunctions(host),
    ...createCallFunctions(host),
    ...createStableFunctions(host),
    ...createCyclesFunctions(host),
    ...createSystemFunctions(host),
  };
  const imports: Record<string, HostFunction> = {};
  for (const name of IC0_FUNCTIONS) {
    imports[name] = restrict(host, name, functions[name]);
  }
  return imports;
}

function restrict(host: Host, name: Ic0Function, run: HostFunction): HostFunction {
  const allowed = allowedContexts(name);
  if (allowed === EVERY_CONTEXT) return run;
  const check = (): void => {
    if ((host.message.context & allowed) === 0) throw new FaultError(wrongMode(name, host.message.mode));
  };
  // One arrow per arity, because a rest parameter would allocate an array on every call.
  const f = run as (...operands: Operand[]) => unknown;
  switch (ic0Signature(name, false).params.length) {
    case 0:
      return () => (check(), f());
    case 1:
      return (a: Operand) => (check(), f(a));
    case 2:
      return (a: Operand, b: Operand) => (check(), f(a, b));
    case 3:
      return (a: Operand, b: Operand, c: Operand) => (check(), f(a, b, c));
    default:
      return (...operands: Operand[]) => (check(), f(...operands));
  }
}

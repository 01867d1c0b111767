/** A module in text form, instrumented and on a mini host. */
import { instrumentModule } from '../instrument-module.js';
import { assemble } from './assemble.js';
import { MiniHost, type HostFunction } from './mini-host.js';

/** `text` is what goes between `(module` and `)`. */
export function hostOf(text: string, ic0: Record<string, HostFunction> = {}): MiniHost {
  return new MiniHost(instrumentModule(assemble(`(module ${text})`)), ic0);
}

/** A module with one method `m` whose body is `code`, on one page of memory; `more` are further fields. */
export function hostOfCode(code: string, more = '(memory 1)'): MiniHost {
  return hostOf(`${more} (func (export "canister_update m") ${code})`);
}

export const run = (host: MiniHost): void => host.run('canister_update m');

/** The text of the trap that `action` ends with. */
export function trapText(action: () => void): string {
  try {
    action();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return error.message;
    throw error;
  }
  return 'no trap';
}

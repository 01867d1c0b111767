/** Instruments a module in WebAssembly text and runs it on a `MiniHost`. */
import { instrumentModule } from '../instrument-module.js';
import { assemble } from './assemble.js';
import { MiniHost, type HostFunction } from './mini-host.js';

/** `text` contains the fields of the module, without `(module` and `)`. */
export function hostOf(text: string, ic0: Record<string, HostFunction> = {}): MiniHost {
  return new MiniHost(instrumentModule(assemble(`(module ${text})`)), ic0);
}

/** A module with one method `m`, whose body is `code`. `fields` are the other fields of the module. */
export function hostOfCode(code: string, fields = '(memory 1)'): MiniHost {
  return hostOf(`${fields} (func (export "canister_update m") ${code})`);
}

/** Runs the method `m`. */
export function run(host: MiniHost): void {
  host.run('canister_update m');
}

/** The text of the trap in `action`, or `no trap`. */
export function trapText(action: () => void): string {
  try {
    action();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return error.message;
    throw error;
  }
  return 'no trap';
}

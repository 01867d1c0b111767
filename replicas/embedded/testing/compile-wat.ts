/** Compiles WebAssembly text for tests, with a name section. */
import createWabt from 'wabt';

export const compileWat = async (text: string): Promise<Uint8Array> => {
  const wabt = await createWabt();
  const module = wabt.parseWat('test.wat', text, { bulk_memory: true, mutable_globals: true });
  try {
    module.validate();
    return new Uint8Array(module.toBinary({ write_debug_names: true }).buffer);
  } finally {
    module.destroy();
  }
};

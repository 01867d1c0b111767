/** Compiles WebAssembly text for tests. */
import createWabt from 'wabt';

export const compileWat = async (text: string): Promise<Uint8Array> => {
  const wabt = await createWabt();
  const module = wabt.parseWat('test.wat', text, { bulk_memory: true, mutable_globals: true });
  try {
    module.validate();
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
};

import createWabt from 'wabt';

const FEATURES = { bulk_memory: true, memory64: true, mutable_globals: true };

/** Assembles and validates WebAssembly text. The module has a name section. */
export async function compileWat(text: string): Promise<Uint8Array> {
  const wabt = await createWabt();
  const module = wabt.parseWat('test.wat', text, FEATURES);
  try {
    module.validate();
    return new Uint8Array(module.toBinary({ write_debug_names: true }).buffer);
  } finally {
    module.destroy();
  }
}

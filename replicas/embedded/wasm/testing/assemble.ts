import wabtInit from 'wabt';

const wabt = await wabtInit();

const FEATURES = {
  bulk_memory: true,
  exceptions: true,
  extended_const: true,
  memory64: true,
  multi_memory: true,
  multi_value: true,
  mutable_globals: true,
  reference_types: true,
  relaxed_simd: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  tail_call: true,
  threads: true,
};

/** Assembles a module from WebAssembly text without validation. `debugNames` writes the `$names` to a name section. */
export function assemble(text: string, debugNames = false): Uint8Array {
  const module = wabt.parseWat('test.wat', text, FEATURES);
  try {
    return new Uint8Array(module.toBinary({ write_debug_names: debugNames }).buffer);
  } finally {
    module.destroy();
  }
}

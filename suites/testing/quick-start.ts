/** Without V8's optimizing tier for wasm, which costs short runs more than it saves. The results are the same. */
export const QUICK_START = '--liftoff-only';

/**
 * The Candid library of a target's author: `@icp-sdk/core` in any version, or `@dfinity/candid`. Their classes work together, because they
 * recognize each other's types by name. The compiler takes the classes of two packages, and of two copies of one package, for different
 * types. Therefore these types state only what a target needs.
 */

/** The argument of the functions in a generated interface file. */
export interface CandidLibrary {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- its type depends on the author's library
  readonly IDL: any;
}

/** A type of the library, such as `IDL.Text`. */
export interface CandidType {
  readonly name: string;
  display(): string;
}

/** The value of `IDL.Service`. */
export interface CandidService extends CandidType {
  readonly _fields: readonly (readonly [method: string, type: unknown])[];
}

/** The interface, as `upload-stress init`, `icp-bindgen`, or `dfx generate` writes it. */
export type IdlFactory = (library: CandidLibrary) => CandidService;

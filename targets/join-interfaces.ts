import type { IdlFactory } from './candid-library.js';

/** One interface with the methods of several canisters. Of methods of one name, the first counts. */
export function joinInterfaces(...interfaces: readonly IdlFactory[]): IdlFactory {
  return (library) => {
    const fields = interfaces.toReversed().flatMap((idl) => idl(library)._fields);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access -- the type depends on the author's library
    return library.IDL.Service(Object.fromEntries(fields));
  };
}

/** Where a worker's module lies: beside this file, compiled or, when run from the sources, as TypeScript. */
export function workerEntry(name: string): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`.//${name}.${extension}`, import.meta.url);
}

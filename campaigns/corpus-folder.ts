/** The folder of past failures: the one that the user names, or `corpus` if it exists. */
import { existsSync } from 'node:fs';

export const CORPUS_FOLDER_DEFAULT = 'corpus';

/** Undefined if the user names no folder and the default one does not exist. */
export function corpusFolder(named: string | undefined): string | undefined {
  return named ?? (existsSync(CORPUS_FOLDER_DEFAULT) ? CORPUS_FOLDER_DEFAULT : undefined);
}

/** The file in which a server says its port to the program that started it. */
import { open, rm } from 'node:fs/promises';

export interface PortFile {
  /** The port in decimal and a line feed: a reader that sees the line feed has read all of it. */
  readonly write: (port: number) => Promise<void>;
  /** Idempotent; closes the file too. */
  readonly remove: () => Promise<void>;
}

const NO_FILE: PortFile = { write: async () => undefined, remove: async () => undefined };

/**
 * Makes the file, empty; undefined when it is there already, because another server has it. Without a path there is nothing to do.
 * @throws {NodeJS.ErrnoException} when the file cannot be made
 */
export async function claimPortFile(path: string | undefined): Promise<PortFile | undefined> {
  if (path === undefined) return NO_FILE;
  try {
    const file = await open(path, 'wx');
    return {
      write: async (port) => {
        await file.writeFile(`${port}\n`);
        await file.close();
      },
      remove: async () => {
        await rm(path, { force: true });
        await file.close();
      },
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

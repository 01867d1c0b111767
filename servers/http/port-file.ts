/** The file in which a server publishes its port to the program that started it. */
import { open, rm } from 'node:fs/promises';

export interface PortFile {
  /** Writes the port in decimal and a line feed. A reader that sees the line feed has read the whole number. */
  readonly write: (port: number) => Promise<void>;
  /** Closes and deletes the file. Idempotent. */
  readonly remove: () => Promise<void>;
}

const NO_FILE: PortFile = { write: async () => undefined, remove: async () => undefined };

/**
 * Creates the file, empty. Returns `undefined` if it exists, because then it belongs to another server. Without a path, the returned
 * methods do nothing.
 * @throws {NodeJS.ErrnoException} if the file cannot be created
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

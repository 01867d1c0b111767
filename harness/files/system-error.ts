/** Texts for system errors. */

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EISDIR: 'it is a folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a file with this name exists',
  EMFILE: 'too many open files',
};

/** One line for anything that was thrown. */
export function reasonOf(error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return REASONS[code] ?? line;
}

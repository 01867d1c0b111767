/** Whether two begins ask for the same upload. */
import { type ContentOracle, fileAt } from '../../model/oracle.js';
import type { BeginRequest } from './upload.js';

type Request = NonNullable<BeginRequest>;

export function isSameBegin(a: Request, b: Request, oracle: ContentOracle): boolean {
  const [fileOfA, fileOfB] = [fileAt(oracle.files, a.file), fileAt(oracle.files, b.file)];
  return (
    a.by === b.by &&
    a.key === b.key &&
    a.capsuleOf === b.capsuleOf &&
    a.chunksOff === b.chunksOff &&
    a.chunkSize === b.chunkSize &&
    fileOfA.name === fileOfB.name &&
    fileOfA.bytes === fileOfB.bytes &&
    oracle.isSameFile(a.file, b.file)
  );
}

import { readFile, writeFile } from 'node:fs/promises';
import {
  connect,
  FlowError,
  formatProgress,
  processImageDerivativesPure,
  UploadError,
  uploadToICPWithProcessing,
} from 'canister-upload-stress/client';

/** Uploads a picture. Returns the id of its memory of four assets. */
export async function uploadPicture(path: string, host: string, canister?: string): Promise<string> {
  const connection = await connect({ host, ...(canister === undefined ? {} : { canister }) });
  try {
    const { original, derivatives, memory } = await uploadToICPWithProcessing(connection, path, {
      parallel: 4,
      onProgress: (progress) => console.log(formatProgress(progress)),
    });
    console.log(
      `${original.blobId} has ${original.size} B, ${original.bytesResumed} B of them from an earlier attempt`,
    );
    console.log(`shown as ${derivatives.display.blobId}, ${derivatives.thumb.blobId} and a placeholder`);
    return memory.memoryId;
  } catch (error) {
    // The report has lane, step, reject, session, log lines, and the blobs that were uploaded.
    if (error instanceof FlowError || error instanceof UploadError) console.error(error.report());
    throw error;
  }
}

/** Makes the derivatives without a canister, and writes the thumb. Returns the placeholder as a data URL. */
export async function writeThumb(path: string, thumbPath: string): Promise<string> {
  const { thumb, placeholder, metadata } = await processImageDerivativesPure(await readFile(path));
  await writeFile(thumbPath, thumb.bytes);
  console.log(
    `${metadata.format} of ${metadata.uprightWidth} x ${metadata.uprightHeight} at ${metadata.dpi} dpi`,
  );
  return placeholder.dataUrl;
}

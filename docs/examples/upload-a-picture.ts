import { readFile, writeFile } from 'node:fs/promises';
import {
  connect,
  FlowError,
  formatProgress,
  processImageDerivativesPure,
  UploadError,
  uploadToICPWithProcessing,
} from 'canister-upload-stress/client';

/** Uploads a picture and answers the id of its memory of four assets. */
export async function uploadPicture(path: string, host: string, canister?: string): Promise<string> {
  const connection = await connect({ host, ...(canister === undefined ? {} : { canister }) });
  try {
    const { original, derivatives, memory } = await uploadToICPWithProcessing(connection, path, {
      parallel: 4,
      onProgress: (progress) => console.log(formatProgress(progress)),
    });
    console.log(`${original.blobId} has ${original.size} B, ${original.bytesResumed} B were there before`);
    console.log(`shown as ${derivatives.display.blobId}, ${derivatives.thumb.blobId} and a placeholder`);
    return memory.memoryId;
  } catch (error) {
    // Lane, step, reject, session and log lines; and which blobs arrived all the same.
    if (error instanceof FlowError || error instanceof UploadError) console.error(error.report());
    throw error;
  }
}

/** The derivatives alone, without a canister. */
export async function writeThumb(path: string, thumbPath: string): Promise<string> {
  const { thumb, placeholder, metadata } = await processImageDerivativesPure(await readFile(path));
  await writeFile(thumbPath, thumb.bytes);
  console.log(
    `${metadata.format} of ${metadata.uprightWidth} x ${metadata.uprightHeight} at ${metadata.dpi} dpi`,
  );
  return placeholder.dataUrl;
}

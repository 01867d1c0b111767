/** Reads the body of a request, with a limit on its size. */
import type { IncomingMessage } from 'node:http';

export interface BodyOptions {
  readonly bytesMax: number;
  /**
   * What happens to the rest of a body that is too large. `drain` reads and drops it, so that the client can read the response.
   * `leave` does not read it; the connection cannot be reused.
   */
  readonly rest: 'drain' | 'leave';
}

/** `broken`: the client closed the connection before the body was complete. */
export type BodyFailure = 'too-large' | 'broken';

export async function readBody(
  request: IncomingMessage,
  { bytesMax, rest }: BodyOptions,
): Promise<Buffer | BodyFailure> {
  if (rest === 'leave' && Number(request.headers['content-length'] ?? 0) > bytesMax) return 'too-large';
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length <= bytesMax) chunks.push(chunk);
      else if (rest === 'leave') return 'too-large';
      else chunks.length = 0;
    }
  } catch {
    return 'broken';
  }
  return length <= bytesMax ? Buffer.concat(chunks, length) : 'too-large';
}

/** Reads the body of an answer, counting what comes out of decompression. @module */

/** What the client decompresses by itself. */
const READ: readonly string[] = ["identity", "gzip", "br"];

/**
 * The whole body, or undefined for one that is longer than allowed: then it is cancelled at once. `hear` is called at each
 * piece that arrives. Throws what the stream throws, and TypeError for a compression that was not asked for.
 */
export async function readAnswer(
  response: Response,
  bytesMax: number,
  hear: () => void,
): Promise<Uint8Array | undefined> {
  const { body, headers } = response;
  if (body === null) return new Uint8Array(0);
  const encoding = headers.get("content-encoding")?.toLowerCase() ?? "identity";
  if (!READ.includes(encoding)) {
    await body.cancel();
    throw new TypeError(`Cannot read answer: expected gzip or nothing, found ${encoding}`);
  }
  const isPlain = encoding === "identity";
  if (isPlain && Number(headers.get("content-length") ?? 0) > bytesMax) {
    await body.cancel();
    return undefined;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    hear();
    length += chunk.length;
    // Leaving the loop cancels the stream.
    if (length > bytesMax) return undefined;
    chunks.push(chunk);
  }
  if (chunks.length === 1 && chunks[0] !== undefined) return chunks[0];
  const bytes = new Uint8Array(length);
  let filled = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return bytes;
}

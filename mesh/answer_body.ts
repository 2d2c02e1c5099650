/** Reads the body of an answer, counting what comes out of decompression. @module */

/** Room that is made at first; doubled when it is full. */
const FIRST_BYTES = 16_384;

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
  const reader = body.getReader({ mode: "byob" });
  // Read in place: an answer comes in pieces of 4 KiB, and each would be copied and thrown away.
  let buffer = new ArrayBuffer(Math.min(FIRST_BYTES, bytesMax + 1));
  let length = 0;
  while (true) {
    const { value, done } = await reader.read(new Uint8Array(buffer, length));
    if (value !== undefined) buffer = value.buffer;
    if (done) return new Uint8Array(buffer.transfer(length));
    hear();
    length += value.length;
    if (length > bytesMax) {
      await reader.cancel();
      return undefined;
    }
    if (length === buffer.byteLength) {
      buffer = buffer.transfer(Math.min(length * 2, bytesMax + 1));
    }
  }
}

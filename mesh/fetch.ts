/** The only place from which this program asks other programs over HTTP. @module */

const PROBE_TIMEOUT_MS = 2_000;
const PROBE_BYTES_MAX = 4_096;
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Asks `GET /up` of a capsule on this machine and answers the random number of its start, or undefined when nobody, or
 * something else, answers there within two seconds. Only numeric loopback addresses are asked; throws TypeError for any other.
 */
export async function probeLoopback(origin: string): Promise<string | undefined> {
  const url = URL.parse("/up", origin);
  if (url === null || url.protocol !== "http:" || !LOOPBACK.test(url.hostname)) {
    throw new TypeError(`Cannot probe: expected an http loopback address, found ${origin}`);
  }
  try {
    const response = await fetch(url, {
      redirect: "error",
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
      headers: { accept: "application/json" },
    });
    const found: unknown = JSON.parse(await readBounded(response));
    return typeof found === "object" && found !== null && "start" in found &&
        typeof found.start === "string"
      ? found.start
      : undefined;
  } catch {
    // Refused, too slow, too long, no JSON: whatever it is, it is not the one that was asked for.
    return undefined;
  }
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > PROBE_BYTES_MAX) throw new TypeError("Cannot read answer: too long");
  }
  return text;
}

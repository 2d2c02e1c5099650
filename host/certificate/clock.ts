/** What somebody else's clock says, where no certificate can be trusted because ours is wrong. @module */
import type { AskTrusted } from "../../mesh/fetch.ts";

const BYTES_MAX = 64 * 1024;
const ASK_MS = 10_000;

/**
 * The authority's clock by plain HTTP, Unix ms; undefined when it does not say. Anybody on the way could have written it: it decides
 * about a sentence, and nothing else.
 */
export async function readPlainClock(
  ask: AskTrusted,
  directory: string,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const late = AbortSignal.timeout(ASK_MS);
  try {
    const { headers } = await ask({
      url: `http://${new URL(directory).hostname}/`,
      method: "HEAD",
      bytesMax: BYTES_MAX,
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
    });
    const date = Date.parse(headers.get("date") ?? "");
    return Number.isNaN(date) ? undefined : date;
  } catch {
    // Nobody answers there either: then it is not the clock that is to be told.
    return undefined;
  }
}

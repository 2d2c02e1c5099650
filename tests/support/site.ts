/** A capsule with its web application, asked in process. @module */
import type { LogLine } from "../../routes/app.ts";
import { createApp } from "../../routes/app.ts";
import { createHandler } from "../../routes/page_cache.ts";
import { insertSession } from "../../storage/sessions.ts";
import { openTestCapsule, type TestCapsule } from "./capsule.ts";

/** Where test capsules are reached. */
export const ORIGIN = "https://ada.example";

/** A capsule, its application and its page cache. */
export type TestSite =
  & TestCapsule
  & Readonly<{
    get: (path: string, headers?: Record<string, string>) => Promise<Response>;
    text: (path: string) => Promise<string>;
    request: (path: string, init: RequestInit) => Promise<Response>;
    /** Asks through the page cache, as `Deno.serve` does. */
    ask: (path: string, init?: RequestInit) => Promise<Response>;
    /** The header of a signed-in owner. */
    signIn: () => Record<string, string>;
    logged: LogLine[];
  }>;

/** Opens a capsule in memory with its application. */
export function openTestSite(options: Parameters<typeof openTestCapsule>[0] = {}): TestSite {
  const capsule = openTestCapsule({ address: ORIGIN, ...options });
  const logged: LogLine[] = [];
  const deps = {
    db: capsule.db,
    now: capsule.now,
    log: (line: LogLine) => void logged.push(line),
    isDev: false,
    origin: () => ORIGIN,
    startId: "start",
  };
  const app = createApp(deps);
  const handler = createHandler(deps);
  const request = async (path: string, init: RequestInit) =>
    await app.request(`${ORIGIN}${path}`, init);
  return {
    ...capsule,
    logged,
    request,
    get: (path, headers = {}) => request(path, { headers }),
    text: async (path) => await (await request(path, {})).text(),
    ask: async (path, init = {}) => await handler(new Request(`${ORIGIN}${path}`, init)),
    signIn: () => {
      const token = crypto.getRandomValues(new Uint8Array(32));
      insertSession(capsule.db, token, { agent: "test", nowMs: capsule.now() });
      const value = token.toBase64({ alphabet: "base64url", omitPadding: true });
      return { Cookie: `__Host-capsule=${value}` };
    },
  };
}

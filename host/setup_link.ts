/** The one-time link that opens the set-up page. @module */
import { findOwnCapsule } from "../storage/capsules.ts";
import type { Database } from "../storage/database.ts";
import { saveSetupCode, saveSetupCodeHash } from "../storage/setup.ts";

const CODE_BYTES = 16;
const VALID_MS = 24 * 3_600_000;
/** A server that waits for its owner longer than this prints a new link. */
const RENEW_MS = VALID_MS - 2 * 3_600_000;
/** Something told on stdout: for people, and for programs with --json. */
export type PrintedEvent = Readonly<{ text: string; value: Readonly<Record<string, unknown>> }>;

/** Answers a new link when one is due: at the start and each day until the capsule is set up. */
export async function makeSetupLink(
  { db, now, origin, codeHash }: Readonly<{
    db: Database;
    now: () => number;
    origin: () => string;
    /** SHA-256 of a code that the owner chose, and nobody here knows; undefined: a code is made. */
    codeHash?: Uint8Array | undefined;
  }>,
): Promise<() => PrintedEvent | undefined> {
  const draw = await loadDrawing(db);
  let madeAtMs = -Infinity;
  return () => {
    const nowMs = now();
    if (nowMs - madeAtMs < RENEW_MS || findOwnCapsule(db) !== undefined) return undefined;
    madeAtMs = nowMs;
    if (codeHash !== undefined) {
      saveSetupCodeHash(db, codeHash, nowMs + VALID_MS);
      const url = `${origin()}/setup?code=`;
      const text = `Set up your capsule here, with the code that you chose behind it:\n  ${url}`;
      return { text, value: { setupWithOwnCode: url } };
    }
    const code = crypto.getRandomValues(new Uint8Array(CODE_BYTES)).toHex();
    saveSetupCode(db, code, nowMs + VALID_MS);
    const url = `${origin()}/setup?code=${code}`;
    // The link stands last: what is above may have left the screen.
    const opening = "Set up your capsule here (the link works once, for 24 hours):";
    return { text: `${opening}\n${draw(url)}  ${url}`, value: { setup: url } };
  };
}

/** A picture of a link where somebody looks and there is one to come; loaded only then. */
async function loadDrawing(db: Database): Promise<(url: string) => string> {
  if (!Deno.stdout.isTerminal() || findOwnCapsule(db) !== undefined) return () => "";
  const { drawCode } = await import("./drawn_link.ts");
  return (url) => drawCode(url, { columns: Deno.consoleSize().columns, isColoured: !Deno.noColor });
}

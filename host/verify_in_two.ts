/** Verifying with two threads: log and tree in this one, what pages read in another. @module */
import { verifySignature } from "../mesh/verify_signature.ts";
import type { Database } from "../storage/database.ts";
import { type Verified, verifyStore } from "../storage/verify.ts";

/** Verifies all of a database that is a file, beside a running server. */
export async function verifyInTwo(
  db: Database,
  onProgress: (entries: number, total: number) => void,
): Promise<Verified> {
  // Who reads alone keeps a second connection out.
  if (db.access === "alone") return verifyStore(db, { verify: verifySignature, onProgress });
  const shown = verifyShownElsewhere(db.path);
  const log = verifyStore(db, { verify: verifySignature, half: "log", onProgress });
  const rest = await shown;
  return {
    ok: log.ok && rest.ok,
    entries: log.entries,
    problems: [...log.problems, ...rest.problems],
  };
}

function verifyShownElsewhere(path: string): Promise<Verified> {
  const worker = new Worker(new URL("./verify_worker.ts", import.meta.url), { type: "module" });
  return new Promise<Verified>((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<Verified>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      const problem = `Cannot read what pages show: ${event.message}`;
      resolve({ ok: false, entries: 0, problems: [problem] });
    };
    worker.postMessage(path);
  }).finally(() => worker.terminate());
}

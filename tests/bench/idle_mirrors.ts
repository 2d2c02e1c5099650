/** What a thousand followed capsules cost while nothing happens: nothing, nearly. @module */
import { encodeCapsuleId } from "../../mesh/protocol/capsule_id.ts";
import { openDatabase } from "../../storage/database.ts";
import { derivePublicKey } from "../../storage/keys.ts";
import { insertMirror, updateMirror } from "../../storage/mirrors.ts";
import { makeFolder, runCapsule, serveCapsule } from "../support/process.ts";
import type { Row } from "./row.ts";

const MIRRORS = 1_000;
const SETTLE_MS = 5_000;
const MEASURE_MS = 20_000;
/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

function makeMirrors(path: string): void {
  using db = openDatabase(path);
  const nowMs = Date.now();
  db.transaction(() => {
    for (let n = 0; n < MIRRORS; n++) {
      const seed = new Uint8Array(32);
      new DataView(seed.buffer).setUint32(0, n + 1);
      const id = encodeCapsuleId(derivePublicKey(seed));
      // A record's bytes are not looked at while nothing is due.
      const records = [{ n: 0, hash: seed, note: `${n}` }];
      const log = insertMirror(db, { id, records, address: null, isQuiet: true, nowMs });
      updateMirror(db, log, { state: "current", seenAtMs: nowMs, nextPullAtMs: nowMs + 3_600_000 });
    }
  });
}

/** Processor time of a process so far, in milliseconds. */
export function processorMs(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** The row. */
export const idleMirrors: Row = {
  name: "idle",
  async run() {
    using folder = makeFolder();
    await runCapsule(["init", "--name", "Reader", "--password-stdin"], {
      cwd: folder.path,
      stdin: "correct horse battery\n",
    });
    makeMirrors(`${folder.path}/capsule.db`);
    await using served = await serveCapsule(["--dev"], { cwd: folder.path });
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const before = processorMs(served.pid);
    await new Promise((resolve) => setTimeout(resolve, MEASURE_MS));
    const share = (processorMs(served.pid) - before) / MEASURE_MS * 100;
    return [{
      what: `idle with ${MIRRORS.toLocaleString("en")} mirrors, of one core`,
      value: share,
      unit: "%",
      target: { below: 1 },
    }];
  },
};

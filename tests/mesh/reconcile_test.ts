import { deepEqual, equal } from "node:assert/strict";
import { AskProblem } from "../../mesh/fetch.ts";
import { encodePhrase } from "../../mesh/protocol/phrase.ts";
import { publishBatch, type Publisher } from "../../mesh/publish.ts";
import { pullMirror } from "../../mesh/pull_mirror.ts";
import { rotateKey } from "../../mesh/rotate.ts";
import { allowSigning } from "../../mesh/signing.ts";
import type { Database } from "../../storage/database.ts";
import { findLogMirror } from "../../storage/mirrors.ts";
import { checkStore } from "../support/check_store.ts";
import { copyDatabase } from "../support/copies.ts";
import { follow, type Member, openNeighbourhood } from "../support/neighbourhood.ts";
import { Dice } from "../support/odd_log.ts";
import { makeFolder } from "../support/process.ts";

const PHRASE = encodePhrase(new Uint8Array(16).fill(40));

function publish({ db, now }: Publisher, label: string, count: number): void {
  for (let done = 0; done < count; done += 300) {
    const size = Math.min(300, count - done);
    const items = Array.from({ length: size }, (_, i) => ({
      kind: "post" as const,
      text: `${label} ${done + i}`,
    }));
    publishBatch({ db, now }, items);
  }
}

function listHashes(db: Database, log: number): string[] {
  const rows = db.prepare("select hash from entries where log = ? order by n").all(log);
  return (rows as { hash: Uint8Array }[]).map(({ hash }) => hash.toHex());
}

async function walk(seed: number): Promise<void> {
  const dice = new Dice(seed);
  using hood = openNeighbourhood(2);
  using folder = makeFolder();
  const [a, b] = hood.members as [Member, Member];
  const mirror = follow(b, a);
  publish(a, "shared", dice.pick([0, 1, 100, 255, 256, 300, 700]));
  const thief = copyDatabase(a.db, `${folder.path}/thief.db`);
  allowSigning(thief);
  const shared = listHashes(a.db, a.log).length;
  const added = dice.pick([1, 40, 256, 600]);
  publish({ db: thief, now: a.now }, "false", added);
  hood.join(thief, a.address);
  await pullMirror(b.mesh, mirror);
  equal(findLogMirror(b.db, mirror)?.size, shared + added);
  publish(a, "true", dice.pick([0, 1, 39, 300, 900]));
  hood.join(a.db, a.address);
  const size = listHashes(a.db, a.log).length;
  rotateKey(a, { phrase: PHRASE, cut: dice.pick([size, size, shared, Math.floor(shared / 2)]) });
  let left = dice.roll(12);
  const failing = {
    ...b.mesh,
    ask: (question: Parameters<typeof b.mesh.ask>[0]) => {
      left -= 1;
      if (left < 0) throw new AskProblem("not_reached", question.url);
      return b.mesh.ask(question);
    },
  };
  for (let tries = 0; tries < 40; tries++) {
    await pullMirror(failing, mirror);
    // Whatever came until then: what is there is of one tree.
    checkStore(b.db);
    hood.wait(90_000_000);
    const found = findLogMirror(b.db, mirror);
    if (found?.isConfirmed === true && found.isComplete && found.recordN === 1) break;
    left = 2 + tries + dice.roll(6);
  }
  deepEqual(listHashes(b.db, mirror), listHashes(a.db, a.log));
}

Deno.test("P2, P6: whatever was held and however often it breaks off, a mirror ends with the owner's log", async (test) => {
  const first = Number(Deno.env.get("CAPSULE_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 30));
  for (let seed = first; seed < first + 6; seed++) {
    await test.step(`CAPSULE_TEST_SEED=${seed}`, () => walk(seed));
  }
});

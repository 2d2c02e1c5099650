import { equal } from "node:assert/strict";
import { AskProblem } from "../../mesh/fetch.ts";
import { encodePhrase } from "../../mesh/protocol/phrase.ts";
import { pullMirror } from "../../mesh/pull_mirror.ts";
import { rotateKey } from "../../mesh/rotate.ts";
import { allowSigning } from "../../mesh/signing.ts";
import { listPieces } from "../../storage/pieces.ts";
import { findLogMirror } from "../../storage/mirrors.ts";
import { hasSetAside } from "../../storage/set_aside.ts";
import { checkStore } from "../support/check_store.ts";
import { copyDatabase } from "../support/copies.ts";
import { follow, type Member, openNeighbourhood } from "../support/neighbourhood.ts";
import { makeFolder } from "../support/process.ts";

const PHRASE = encodePhrase(new Uint8Array(16).fill(40));

Deno.test("what a later record takes in again comes back from what was set aside, when no source gives entries", async () => {
  for (const posts of [3, 300]) {
    using hood = openNeighbourhood(2);
    using folder = makeFolder();
    const [a, b] = hood.members as [Member, Member];
    const mirror = follow(b, a);
    for (let n = 0; n < posts; n += 1) a.post({ text: `post ${n}` });
    const former = copyDatabase(a.db, `${folder.path}/former.db`);
    allowSigning(former);
    await pullMirror(b.mesh, mirror);
    const whole = findLogMirror(b.db, mirror)?.entries ?? 0;
    rotateKey(a, { phrase: PHRASE, cut: 2 });
    hood.wait(1_000);
    await pullMirror(b.mesh, mirror);
    equal(findLogMirror(b.db, mirror)?.entries, 2);
    equal(hasSetAside(b.db, mirror), true);
    // A copy of the author's database that knows nothing of that record makes two that win, over everything.
    hood.join(former, a.address);
    const author = { db: former, now: a.now };
    rotateKey(author, { phrase: PHRASE });
    rotateKey(author, { phrase: PHRASE });
    const withoutEntries = {
      ...b.mesh,
      ask: (question: Parameters<typeof b.mesh.ask>[0]) => {
        if (question.url.includes("/entries?")) throw new AskProblem("not_reached", question.url);
        return b.mesh.ask(question);
      },
    };
    hood.wait(1_000);
    await pullMirror(withoutEntries, mirror);
    const found = findLogMirror(b.db, mirror);
    equal(found?.recordN, 2);
    equal(found?.entries, whole);
    equal(found?.isComplete, true);
    equal(hasSetAside(b.db, mirror), false);
    const newest = listPieces(b.db, { log: mirror, limit: 1 })[0];
    equal(newest?.text, `post ${posts - 1}`);
    checkStore(b.db);
  }
});

import { equal } from "node:assert/strict";
import { encodeContent } from "../../mesh/protocol/content.ts";
import {
  type Published,
  publishProfile,
  publishRevision,
  publishWithdrawal,
} from "../../mesh/publish.ts";
import { makeBase } from "../../mesh/publish_fields.ts";
import { append, withCapsule } from "../../mesh/publisher.ts";
import { findContent } from "../../storage/contents.ts";
import { findPiece } from "../../storage/pieces.ts";
import { findProfile } from "../../storage/profiles.ts";
import { insertEntries } from "../../storage/entries.ts";
import { Projection } from "../../storage/projection.ts";
import { storeContent } from "../../storage/stored_contents.ts";
import { openTestCapsule, type TestCapsule } from "../support/capsule.ts";

/** Appends, past the rules of publishing, a post's revision of any index. */
function revise(capsule: TestCapsule, revises: number, text: string): number {
  return withCapsule(capsule, ({ id }) => {
    const [revision] = append(capsule, { log: capsule.log, id }, [{
      kind: "revise",
      ...makeBase(id),
      revises,
      revisedAt: "2026-01-01T00:00:00.000Z",
      language: "en",
      tags: [],
      pictures: [],
      text,
    }]);
    return revision?.index ?? 0;
  });
}

function textOf(capsule: TestCapsule, index: number): string | undefined {
  const piece = findPiece(capsule.db, capsule.log, index);
  return piece === undefined || piece === "withdrawn" ? piece : piece.text;
}

Deno.test("a revision of a revision, of nothing or of a later entry is kept and not shown", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  const { index } = capsule.post({ text: "one" });
  const first = publishRevision(capsule, index, { text: "two" }) as Published;
  for (const revises of [first.index, 0, 4, 99]) {
    const revision = revise(capsule, revises, "lie");
    equal(findContent(db, log, revision).state, "held");
  }
  equal(textOf(capsule, index), "two");
});

Deno.test("a revision that names a withdrawn revision is not withdrawn with it", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  const { index } = capsule.post({ text: "one" });
  const first = publishRevision(capsule, index, { text: "two" }) as Published;
  publishWithdrawal(capsule, first.index);
  equal(findContent(db, log, revise(capsule, first.index, "three")).state, "held");
  equal(textOf(capsule, index), "one");
});

Deno.test("a revision of a withdrawn post is withdrawn with it", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  const { index } = capsule.post({ text: "one" });
  publishWithdrawal(capsule, index);
  equal(findContent(db, log, revise(capsule, index, "two")).state, "withdrawn");
  equal(textOf(capsule, index), "withdrawn");
});

Deno.test("after a withdrawn profile the newest that is left shows, past one that breaks a rule", () => {
  using capsule = openTestCapsule();
  const { db, log, id } = capsule;
  const broken = publishProfile(capsule, { name: "Broken" });
  const newest = publishProfile(capsule, { name: "Newest" });
  // A profile of another author in this log is kept and never shown.
  db.prepare("update contents set bytes = ? where n = ?").run(
    encodeContent({
      kind: "profile",
      ...makeBase("cap1gxjkhluywxxps3yaknndjku3pqvs3mgtqwgylwyk6nqnpf2r4cyq54y526"),
      name: "Eve",
      line: "",
      about: "",
      language: "en",
      links: [],
    }),
    broken.index,
  );
  db.transaction(() => {
    const index = newest.index + 1;
    const hash = new Uint8Array(32);
    const entry = { index, kind: "withdraw", hash, bytes: hash, timeMs: 0 };
    const content = { kind: "withdraw", ...makeBase(id), withdraws: newest.index } as const;
    insertEntries(db, log, [entry]);
    const projection = new Projection(db, log);
    storeContent(projection, entry, encodeContent(content));
    projection.finish();
  });
  equal(findProfile(db, log).name, "Ada");
  capsule.expectDamage();
});

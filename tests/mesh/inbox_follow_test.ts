/** Delivered follows: an entry that proves itself and names us, or nothing (docs/protocol.md §12.10). */
import { deepEqual, equal, ok } from "node:assert/strict";
import { receiveDelivery } from "../../mesh/inbox.ts";
import { ProtocolError } from "../../mesh/protocol/errors.ts";
import { publishFollow } from "../../mesh/publish_follow.ts";
import { countFollowers } from "../../storage/followers.ts";
import { followBody, snapshot } from "../support/delivered.ts";
import { type Member, openNeighbourhood } from "../support/neighbourhood.ts";

Deno.test("a follow of somebody else, or of oneself, is ignored", async () => {
  using town = openNeighbourhood(3);
  const [ada, bob, cyd] = town.members as [Member, Member, Member];
  const { index } = publishFollow(bob, { id: cyd.id, address: cyd.address });
  deepEqual((await ada.deliver(followBody(bob, index))).body, { state: "ignored" });
  const own = publishFollow(ada, { id: ada.id, address: ada.address });
  deepEqual((await ada.deliver(followBody(ada, own.index))).body, { state: "ignored" });
  equal(countFollowers(ada.db), 0);
});

/** The same with another first character. */
function otherHash(found: string, before: string): string {
  return before + (found.endsWith("A") ? "B" : "A");
}

Deno.test("P9: a follow that does not prove itself is refused with its code, and nothing is kept", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  const { index } = publishFollow(bob, { id: ada.id, address: ada.address });
  const body = followBody(bob, index);
  const proof = String(body.proof);
  const cases: [string, Record<string, unknown>][] = [
    ["body_form", { ...body, proof: 1 }],
    ["body_form", { ...body, address: null }],
    ["body_form", { ...body, kind: "unfollow" }],
    ["body_form", followBody(bob, 0)],
    ["address_form", { ...body, address: "https://B.example" }],
    ["address_form", { ...body, address: "https://b.example/" }],
    ["proof_document_form", { ...body, proof: "{}" }],
    ["proof_document_too_long", { ...body, proof: proof + " ".repeat(65_536) }],
    ["note_signature", { ...body, proof: proof.replace("http://b", "http://c") }],
    ["content_mismatch", { ...body, proof: proof.replace('\\"salt', ' \\"salt') }],
    ["proof_mismatch", { ...body, proof: proof.replace(/(\\nindex 1\\n)./, otherHash) }],
  ];
  for (const [code, changed] of cases) {
    const before = snapshot(ada.db);
    const found = await ada.deliver(changed);
    deepEqual([found.status, found.body.error], [400, code], JSON.stringify(found.body));
    equal(snapshot(ada.db), before);
  }
  deepEqual((await ada.deliver(body)).body, { state: "stored" });
});

Deno.test("a new follower is told of the newest checkpoint: what came since its first look is in it", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  const { index } = publishFollow(bob, { id: ada.id, address: ada.address });
  await ada.deliver(followBody(bob, index));
  const told = ada.db.prepare("select peer from deliveries where kind = 'checkpoint'").all();
  deepEqual(told.map((row) => ({ ...row as object })), [{ peer: bob.id }]);
});

Deno.test("where http is not allowed a follow from an http address is refused", () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  const { index } = publishFollow(bob, { id: ada.id, address: ada.address });
  const text = JSON.stringify(followBody(bob, index));
  const deps = { ...ada.mesh, isDev: false };
  try {
    receiveDelivery(deps, text, "");
    throw new Error("it was taken");
  } catch (error) {
    ok(error instanceof ProtocolError);
    equal(error.code, "address_form");
  }
});

Deno.test("the thousand and first stranger that was never reached is turned away", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  const { index } = publishFollow(bob, { id: ada.id, address: ada.address });
  const insert = ada.db.prepare(
    `insert into followers (id, n, is_following, since_ms, network, proof) values (?, 0, 1, 0, '', '')`,
  );
  for (let n = 0; n < 1_000; n++) insert.run(`stranger ${n}`);
  const { status, body } = await ada.deliver(followBody(bob, index));
  deepEqual([status, body.error], [429, "too_many"]);
  ada.db.prepare("delete from followers where id = 'stranger 7'").run();
  deepEqual((await ada.deliver(followBody(bob, index))).body, { state: "stored" });
});

import { deepEqual, equal } from "node:assert/strict";
import { publishFollow } from "../../mesh/publish_follow.ts";
import { runRefollows } from "../../mesh/refollow.ts";
import { listDueDeliveries } from "../../storage/deliveries.ts";
import { findMirror } from "../../storage/mirrors.ts";
import { type Member, openNeighbourhood } from "../support/neighbourhood.ts";

const STOP = new AbortController().signal;

Deno.test("whom the own log follows is followed again, once it answers, and told so", async () => {
  using hood = openNeighbourhood(3);
  const [a, b, c] = hood.members as [Member, Member, Member];
  publishFollow(a, b);
  publishFollow(a, c);
  hood.away.add(c.address);
  await runRefollows(a.mesh, STOP);
  equal(findMirror(a.db, b.id)?.state, "new");
  equal(findMirror(a.db, c.id), undefined);
  const told = listDueDeliveries(a.db, a.now(), 9).map(({ kind, peer }) => [kind, peer]);
  deepEqual(told, [["follow", b.id]]);
  hood.away.clear();
  hood.asked.length = 0;
  await runRefollows(a.mesh, STOP);
  deepEqual(hood.asked, [], "not before ten minutes are over");
  hood.wait(600_000);
  await runRefollows(a.mesh, STOP);
  equal(findMirror(a.db, c.id)?.state, "new");
});

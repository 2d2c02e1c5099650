import { deepEqual, equal } from "node:assert/strict";
import { checkLoneStart } from "../../host/lone_start.ts";
import { findSigning } from "../../storage/signing.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { openTestMesh } from "../support/mesh.ts";

Deno.test("a start on a full disk is checked again until it may publish, and told once", async () => {
  using capsule = openTestCapsule({ address: "https://ada.example" });
  let failures = 3;
  const now = () => {
    if (failures === 0) return capsule.now();
    failures -= 1;
    throw new Error("the disk is full");
  };
  await using mesh = await openTestMesh({ db: capsule.db, now });
  const told: string[] = [];
  const tell = (error: unknown) => void told.push(String(error));
  await checkLoneStart(mesh, new AbortController().signal, { tell, againMs: 1 });
  equal(findSigning(capsule.db)?.outcome, "allowed");
  equal(failures, 0);
  deepEqual(told, ["Error: the disk is full"]);
});

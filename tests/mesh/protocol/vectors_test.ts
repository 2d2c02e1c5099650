/** Every vector comes out as its file says, every code has a vector, the files are as generated. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { PROTOCOL_CODES } from "../../../mesh/protocol/errors.ts";
import { findDifferences, listVectorFiles } from "../../vectors/generate.ts";
import { runVector } from "../../vectors/run.ts";
import type { Vector } from "../../vectors/vector.ts";

const FOLDER = new URL("../../vectors/", import.meta.url);
const vectors = listVectorFiles().map((name) => ({
  name,
  vector: JSON.parse(Deno.readTextFileSync(new URL(name, FOLDER))) as Vector,
}));

for (const { name, vector } of vectors) {
  Deno.test(`vector ${name} (docs/protocol.md §${vector.spec}): ${vector.expect}`, () => {
    const found = runVector(vector);
    equal(found.expect, vector.expect, vector.comment);
    if (vector.expect === "ok") deepEqual(found.output, vector.output, vector.comment);
  });
}

Deno.test("vectors cover every error code and no other", () => {
  const covered = new Set(vectors.map(({ vector }) => vector.expect as string));
  ok(covered.delete("ok"));
  deepEqual([...covered].sort(), [...PROTOCOL_CODES].sort());
});

Deno.test("vector files are what the generator makes", () => {
  deepEqual(findDifferences(), []);
});

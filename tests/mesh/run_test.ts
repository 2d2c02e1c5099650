import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { createHash } from "node:crypto";
import { encodeEntry, formatTime } from "../../mesh/protocol/entry.ts";
import { ProtocolError } from "../../mesh/protocol/errors.ts";
import { hashLeaf } from "../../mesh/protocol/tree.ts";
import { encodeCapsuleId } from "../../mesh/protocol/capsule_id.ts";
import { LogProblem, SourceProblem } from "../../mesh/pull_problem.ts";
import { checkRun, decodeRun } from "../../mesh/run.ts";
import { derivePublicKey } from "../../storage/keys.ts";
import { Dice } from "../support/odd_log.ts";

const ID = encodeCapsuleId(derivePublicKey(new Uint8Array(32).fill(1)));

function makeRow(
  index: number,
  content: string,
  kind = "post",
): { entry: string; content: string } {
  const bytes = new TextEncoder().encode(content);
  const entry = encodeEntry({
    capsuleId: ID,
    index,
    time: formatTime(Date.UTC(2026, 0, 1)),
    kind,
    contentHash: new Uint8Array(createHash("sha256").update(bytes).digest()),
    contentBytes: bytes.length,
  });
  return { entry: new TextDecoder().decode(entry), content };
}

function encodeRows(rows: readonly unknown[]): Uint8Array {
  return new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

Deno.test("a run gives entries with their leaf hashes, and contents that fit them", () => {
  const rows = [
    makeRow(7, "hällo"),
    { entry: makeRow(8, "x").entry, state: "withdrawn", by: 9 },
    { entry: makeRow(9, "y").entry, state: "later", more: true },
  ];
  const decoded = decodeRun(encodeRows(rows), 3);
  const { entries, contents, contentBytes } = checkRun(decoded, 7, ID);
  deepEqual(entries.map(({ index }) => index), [7, 8, 9]);
  deepEqual(entries[0]?.hash, hashLeaf(new TextEncoder().encode(rows[0]?.entry ?? "")));
  deepEqual(contents, [new TextEncoder().encode("hällo"), { withdrawnBy: 9 }, "later"]);
  equal(contentBytes, 6);
});

Deno.test("a content that is longer than its kind may be is nobody's to take", () => {
  const long = makeRow(0, "x".repeat(16 * 1024 + 1));
  deepEqual(checkRun(decodeRun(encodeRows([long]), 1), 0, ID).contents, ["too_long"]);
  const article = makeRow(0, "x".repeat(16 * 1024 + 1), "article");
  ok(checkRun(decodeRun(encodeRows([article]), 1), 0, ID).contents[0] instanceof Uint8Array);
});

Deno.test("entries of 1,024 bytes are read, one byte more is not", () => {
  const row = (length: number) => encodeRows([{ entry: "x".repeat(length), state: "later" }]);
  equal(decodeRun(row(1_024), 1)[0]?.bytes.length, 1_024);
  throws(() => decodeRun(row(1_025), 1), { code: "entry_too_long" });
});

Deno.test("an entry of another place or capsule is its author's fault once it is proved", () => {
  const rows = decodeRun(encodeRows([makeRow(3, "a")]), 1);
  throws(
    () => checkRun(rows, 4, ID),
    (error) => error instanceof LogProblem && error.code === "entry_index",
  );
  const other = encodeCapsuleId(derivePublicKey(new Uint8Array(32).fill(2)));
  throws(
    () => checkRun(rows, 3, other),
    (error) => error instanceof LogProblem && error.code === "entry_capsule",
  );
});

Deno.test("P9: whatever bytes come instead of a run, they are refused by code or are that very run", () => {
  const seed = Number(Deno.env.get("CAPSULE_TEST_SEED") ?? Date.now() % 2 ** 31);
  console.log(`run parser: CAPSULE_TEST_SEED=${seed}`);
  const dice = new Dice(seed);
  const rows = Array.from({ length: 8 }, (_, i) => makeRow(i, `post ${i}`));
  const right = encodeRows(rows);
  const expected = checkRun(decodeRun(right, 8), 0, ID);
  for (let round = 0; round < 3_000; round++) {
    const bytes = mutate(right, dice);
    try {
      const found = decodeRun(bytes, 8);
      const isSame = found.every(({ hash }, i) =>
        hash.every((byte, at) => byte === expected.entries[i]?.hash[at])
      );
      // Leaf hashes stand for the tree: only what is proved is taken apart.
      if (!isSame) continue;
      const { contents } = checkRun(found, 0, ID);
      for (const [i, content] of contents.entries()) {
        if (content instanceof Uint8Array) deepEqual(content, expected.contents[i]);
      }
    } catch (error) {
      ok(error instanceof SourceProblem || error instanceof ProtocolError, `${seed}: ${error}`);
    }
  }
});

/** Flips, cuts, repeats or swaps some bytes. */
function mutate(bytes: Uint8Array, dice: Dice): Uint8Array {
  const copy = [...bytes];
  for (let i = 0; i <= dice.roll(3); i++) {
    const at = dice.roll(copy.length);
    const to = dice.roll(copy.length);
    switch (dice.roll(5)) {
      case 0:
        copy[at] = dice.roll(256);
        break;
      case 1:
        copy.splice(at, dice.roll(40));
        break;
      case 2:
        copy.splice(at, 0, ...copy.slice(to, to + dice.roll(60)));
        break;
      case 3:
        [copy[at], copy[to]] = [copy[to] ?? 0, copy[at] ?? 0];
        break;
      default:
        copy.splice(
          at,
          0,
          ...new TextEncoder().encode(dice.pick(['"', "}", "\n", "\\u0000", "[["])),
        );
    }
  }
  return new Uint8Array(copy);
}

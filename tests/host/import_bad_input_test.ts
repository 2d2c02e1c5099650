import { deepEqual, equal, match, ok } from "node:assert/strict";
import { countPieces } from "../../storage/counts.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { importInto, sumProblems } from "../support/import.ts";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const GOOD = "+++\ntitle='Good'\ndate=2020-01-01\n+++\nText";

Deno.test("a 100 MB Markdown file and a 1 GB picture are problems, not memory", async () => {
  using capsule = openTestCapsule();
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/good.md`, `${GOOD} ![huge](huge.png)`);
    for (const [name, bytes] of [["large.md", 100_000_000], ["huge.png", 1_000_000_000]] as const) {
      using file = await Deno.open(`${folder}/${name}`, { create: true, write: true });
      await file.truncate(bytes);
    }
    const before = Deno.memoryUsage().rss;
    const result = await importInto(capsule, folder);
    equal(result.imported, 1);
    deepEqual(sumProblems(result.problems), ["picture_unusable good.md", "too_large large.md"]);
    ok(Deno.memoryUsage().rss - before < 80_000_000);
  });
});

Deno.test("an article larger than a content may be is refused, the others of its batch are published", async () => {
  using capsule = openTestCapsule();
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/good.md`, GOOD);
    await Deno.writeTextFile(
      `${folder}/long.md`,
      `${GOOD.replace("Good", "Long")}${"x".repeat(600_000)}`,
    );
    await Deno.writeTextFile(`${folder}/more.md`, GOOD.replace("Good", "More"));
    const result = await importInto(capsule, folder);
    equal(result.imported, 2);
    deepEqual(sumProblems(result.problems), ["refused long.md"]);
  });
});

Deno.test("links that go in circles or out of the folder are not followed", async () => {
  using capsule = openTestCapsule();
  await inFolder(async (outside) => {
    await Deno.writeTextFile(`${outside}/secret.md`, GOOD);
    await Deno.writeFile(`${outside}/secret.png`, new Uint8Array(10));
    await inFolder(async (folder) => {
      await Deno.symlink(".", `${folder}/circle`);
      await Deno.symlink(`${outside}/secret.md`, `${folder}/out.md`);
      await Deno.symlink(`${outside}/secret.png`, `${folder}/out.png`);
      await Deno.writeTextFile(`${folder}/good.md`, `${GOOD} ![a](out.png) ![b](../x/secret.png)`);
      const result = await importInto(capsule, folder);
      equal(result.imported, 1);
      deepEqual(sumProblems(result.problems), [
        "picture_missing good.md",
        "picture_missing good.md",
        "symbolic_link circle",
        "symbolic_link out.md",
        "symbolic_link out.png",
      ]);
    });
  });
});

Deno.test("front matter that lies about its shape is a problem of its file alone", async () => {
  using capsule = openTestCapsule();
  const bad = {
    "list.md": "---\n- a\n- b\n---\nText 1",
    "aliases.md": `---\na: &a [x,x,x]\n${
      Array.from({ length: 30 }, (_, at) => `b${at}: [*a,*a,*a]`).join("\n")
    }\n---\nText 2`,
    "open.md": "+++\ntitle = 'x'\nText 3",
    "types.md":
      "+++\ntitle = 5\ntags = [1, [2], {a=3}]\nauthors = {name='x'}\naliases = [false, 7]\ndate = [1]\n+++\nText 4",
    "proto.md": '+++\n"__proto__" = {title = "x"}\ntitle = "Proto"\ndate = 2020-01-01\n+++\nText 5',
    "controls.md": '+++\ntitle = "a\\u0000b\\u0007c"\ndate = 2020-01-01\n+++\nText \u0000\u0007 6',
  };
  await inFolder(async (folder) => {
    for (const [name, text] of Object.entries(bad)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const result = await importInto(capsule, folder);
    equal(result.imported, 6, JSON.stringify(result.problems));
    const kinds = sumProblems(result.problems).filter((line) => line.startsWith("front_matter"));
    deepEqual(kinds, ["front_matter aliases.md", "front_matter list.md", "front_matter open.md"]);
    equal(countPieces(capsule.db, capsule.log, "article"), 6);
  });
});

Deno.test("an empty folder is imported without a word", async () => {
  using capsule = openTestCapsule();
  await inFolder(async (folder) => {
    deepEqual(await importInto(capsule, folder), {
      imported: 0,
      drafts: 0,
      skipped: 0,
      problems: [],
      base: undefined,
    });
  });
});

Deno.test("a folder that may not be read is a problem, the rest comes in", async () => {
  using capsule = openTestCapsule();
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/good.md`, GOOD);
    await Deno.writeTextFile(`${folder}/locked.md`, GOOD);
    await Deno.chmod(`${folder}/locked.md`, 0);
    const result = await importInto(capsule, folder);
    // The superuser may read everything.
    if (Deno.uid() === 0) return;
    equal(result.imported, 1);
    match(result.problems[0]?.problem ?? "", /permission denied/);
  });
});

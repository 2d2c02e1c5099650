import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { exportAll } from "../../host/export/run.ts";
import { verifyProofDocument } from "../../mesh/protocol/proof_document.ts";
import { verifySignature } from "../../mesh/verify_signature.ts";
import { publishRevision, publishWithdrawal } from "../../mesh/publish.ts";
import { decodeContent } from "../../mesh/protocol/content.ts";
import { findContent } from "../../storage/contents.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { listEntries } from "../../storage/entries.ts";
import { findPiece, type Piece } from "../../storage/pieces.ts";
import { openTestCapsule, type TestCapsule } from "../support/capsule.ts";
import { importInto, SAMPLE } from "../support/import.ts";

/** Every piece as its contents are compared: without what belongs to one log, by time. */
function listContents({ db, log }: TestCapsule): unknown[] {
  const pieces: Piece[] = [];
  for (const { index } of listEntries(db, log, 0, 1_000)) {
    const found = findPiece(db, log, index);
    if (found !== undefined && found !== "withdrawn") pieces.push(found);
  }
  return pieces
    .map((piece) => {
      const { id: _id, log: _log, index, hash: _hash, revisedAtMs: _r, revisions: _n, ...rest } =
        piece;
      const found = findContent(db, log, index);
      const content = found.state === "held" ? decodeContent(found.bytes, piece.kind) : undefined;
      const aliases = content?.kind === "article" ? content.aliases ?? [] : [];
      return { ...rest, aliases };
    })
    .sort((a, b) => a.publishedAtMs - b.publishedAtMs || (a.text < b.text ? -1 : 1));
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function writeAwkwardPieces(capsule: TestCapsule): void {
  const bytes = Deno.readFileSync(`${SAMPLE}blog/tides.png`);
  const info = { type: "image/png", width: 64, height: 40 };
  const hash = saveBlob(capsule.db, bytes, info, capsule.now());
  const reference = { capsule: capsule.id, hash: "ab".repeat(32), address: "https://x.example" };
  capsule.post({
    text: "+++\n---\n# no heading <b>no tag</b> [no](link.md) {{ no(shortcode) }}\n\n  two spaces",
    tags: ["Größe", "a b"],
    pictures: [{ hash, description: 'With "quotes" and\nlines \\ +++' }],
    reply: { root: reference, parent: reference },
    quote: reference,
    language: "pt-BR",
  });
  capsule.article({
    title: 'A "title" with \\ and +++ and \u007f',
    slug: "日本の灯台",
    markdown: `+++\ntitle = "not fields"\n+++\n\n# A "title"\n\n<details>kept</details>\n\n` +
      `![x](blob:${hash}) [y](../a.md) \`blob:${hash}\`\n\n    code\n\ttab  \nend`,
    summary: 'Two\nlines "quoted"',
    authors: ["É", "O'Neil"],
    aliases: ["/old/ä", "/old.html"],
    cover: { hash, description: "The cover" },
    language: "ja",
    publishedAtMs: 1_234_567_890_123,
  });
  capsule.article({ title: "Page", slug: "page", markdown: "Page text", isPage: true });
}

Deno.test("an export imported into an empty capsule has the same contents", async () => {
  using capsule = openTestCapsule();
  await importInto(capsule, `${SAMPLE}blog`);
  await importInto(capsule, `${SAMPLE}feeds/posts.json`);
  writeAwkwardPieces(capsule);
  await inFolder(async (folder) => {
    const { db, log } = capsule;
    const result = exportAll({ db, log, folder: `${folder}/out`, onProgress: () => {} });
    using other = openTestCapsule();
    const imported = await importInto(other, `${folder}/out`);
    deepEqual(imported.problems, []);
    equal(imported.imported, result.pieces);
    deepEqual(listContents(other), listContents(capsule));
  });
});

Deno.test("every exported piece and revision has its proof, what was withdrawn is not there", async () => {
  using capsule = openTestCapsule();
  const { index } = capsule.post({ text: "First" });
  publishRevision(capsule, index, { text: "First, mended" });
  const gone = capsule.post({ text: "Gone" });
  publishWithdrawal(capsule, gone.index);
  await inFolder(async (folder) => {
    const { db, log } = capsule;
    const result = exportAll({ db, log, folder, onProgress: () => {} });
    deepEqual(result, { pieces: 1, pictures: 0, proofs: 2 });
    const proofs = (await Array.fromAsync(Deno.readDir(`${folder}/proofs`))).map(({ name }) => name)
      .sort();
    deepEqual(proofs, [`${index}.json`, `${index + 1}.json`]);
    const text = await Deno.readTextFile(`${folder}/proofs/${index}.json`);
    equal(verifyProofDocument(text, undefined, verifySignature).outcome, "valid");
    ok((await Deno.readTextFile(`${folder}/posts/${index}.md`)).endsWith("+++\nFirst, mended\n"));
  });
});

Deno.test("a folder with something in it is refused, and stays as it was", async () => {
  using capsule = openTestCapsule();
  await inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/mine.txt`, "mine");
    const { db, log } = capsule;
    throws(() => exportAll({ db, log, folder, onProgress: () => {} }), /expected an empty folder/);
    deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["mine.txt"]);
    return Promise.resolve();
  });
});

/** Go's sumdb verifies our checkpoint, tiles, inclusion and consistency. Left out, with a word, where Go is missing. */
import { equal, match } from "node:assert/strict";
import { encodeTilePath } from "../../../mesh/protocol/tile_path.ts";
import { toHex } from "../../../mesh/protocol/hex.ts";
import { noteKeyId } from "../../../mesh/protocol/note.ts";
import { toBase64 } from "../../../mesh/protocol/text.ts";
import { consistencyProof, inclusionProof, treeRoot } from "../../../mesh/protocol/tree.ts";
import { need } from "../../support/optional.ts";
import { buildLog, checkpoint, ID, signingKey } from "../../vectors/sample.ts";

const SIZE = 700;
const OLDER = 300;
const INDEX = 513;
const SOURCE = "/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog/tlog.go";
const PROGRAM = new URL("../../go/main.go", import.meta.url).pathname;

async function findGo(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("go", { args: ["version"], stdout: "null" })
      .output();
    return success && (await Deno.stat(SOURCE)).isFile;
  } catch {
    return false;
  }
}

/** Builds the program once; Debian's packages hold the library's source, nothing is downloaded. */
async function build(folder: string): Promise<string> {
  const binary = `${folder}/verify`;
  const { success, stderr } = await new Deno.Command("go", {
    args: ["build", "-o", binary, PROGRAM],
    env: {
      GO111MODULE: "off",
      GOPATH: "/usr/share/gocode",
      GOCACHE: `${folder}/cache`,
      GOFLAGS: "",
    },
  }).output();
  equal(success, true, new TextDecoder().decode(stderr));
  return binary;
}

/** Writes the log as the program reads it: partial tiles too, of the widths that it asks for. */
function writeLog(folder: string, log: ReturnType<typeof buildLog>): void {
  const { publicKey } = signingKey(0);
  const key = new Uint8Array([1, ...publicKey]);
  const write = (name: string, data: string | Uint8Array): void => {
    const path = `${folder}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    if (typeof data === "string") Deno.writeTextFileSync(path, data);
    else Deno.writeFileSync(path, data);
  };
  write("vkey", `${ID}+${toHex(noteKeyId(ID, publicKey))}+${toBase64(key)}\n`);
  write("checkpoint", checkpoint(SIZE, log.root));
  write("older", checkpoint(OLDER, treeRoot(OLDER, log.readTile)));
  write("entry", log.entries[INDEX] as Uint8Array);
  write("index", `${INDEX}\n`);
  write("proof", inclusionProof(INDEX, SIZE, log.readTile).map(toBase64).join("\n"));
  for (const [name, hashes] of log.tiles) {
    const [level, n] = name.split("/").map(Number) as [number, number];
    write(encodeTilePath({ level, n, width: hashes.length / 32 }), hashes);
  }
}

Deno.test("Go verifies signature, inclusion and consistency of a log of 700 entries", async () => {
  if (
    !need("Go with golang.org/x/mod (Debian: golang-go golang-golang-x-mod-dev)", await findGo())
  ) {
    return;
  }
  const folder = await Deno.makeTempDir();
  try {
    const binary = await build(folder);
    const log = buildLog(SIZE);
    writeLog(folder, log);
    const run = async (): Promise<string> => {
      const { stdout, stderr } = await new Deno.Command(binary, { args: [folder] }).output();
      return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    };
    equal(await run(), `signature ${SIZE}\ninclusion ${INDEX}\nproof 9\nconsistency ${OLDER}\n`);
    equal(inclusionProof(INDEX, SIZE, log.readTile).length, 9);
    equal(consistencyProof(OLDER, SIZE, log.readTile).length > 0, true);

    await Deno.writeFile(`${folder}/entry`, log.entries[INDEX - 1] as Uint8Array);
    match(await run(), /refused: inclusion/);
    await Deno.writeFile(`${folder}/entry`, log.entries[INDEX] as Uint8Array);
    await Deno.writeTextFile(`${folder}/older`, checkpoint(OLDER, log.root));
    match(await run(), /refused: consistency/);
    await Deno.writeTextFile(`${folder}/checkpoint`, checkpoint(SIZE, log.root, 1));
    match(await run(), /refused: checkpoint/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Databases that released programs made, one of each version of the tables (tests/storage/released/make.ts). @module */
import { gunzipSync } from "node:zlib";
import { upgradeBeforeUse } from "../../host/upgrading.ts";

const FOLDER = new URL("../storage/released/", import.meta.url);

/** The versions of which there is one. */
export function listReleased(): number[] {
  return [...Deno.readDirSync(FOLDER)].flatMap(({ name }) => {
    const found = /^version-(\d+)\.db\.gz$/.exec(name);
    return found === null ? [] : [Number(found[1])];
  }).sort((a, b) => a - b);
}

/** Its bytes. */
export function readReleased(version: number): Uint8Array {
  return new Uint8Array(
    gunzipSync(Deno.readFileSync(new URL(`version-${version}.db.gz`, FOLDER))),
  );
}

/** Brings a database up to date as every command does before it opens it; answers what the person is told. */
export async function upgrade(path: string): Promise<string[]> {
  const told: string[] = [];
  await upgradeBeforeUse({ dataPath: path, now: Date.now, remark: (text) => void told.push(text) });
  return told;
}

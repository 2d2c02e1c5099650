/** Pictures that lie in an archive: found where the common programs keep them, prepared, and saved by hash. @module */
import { preparePicture } from "../../content/pictures.ts";
import type { Picture } from "../../mesh/protocol/content.ts";
import { isRefusedBlob, saveBlob } from "../../storage/blobs.ts";
import type { Database } from "../../storage/database.ts";
import { decode, joinPath } from "./archive_links.ts";
import { describeBytes, nameError } from "./files.ts";

/** What became of a picture: it is saved, it is not there, or it is there and cannot be used (with the reason). */
export type FoundPicture =
  | Readonly<{ state: "saved"; picture: Omit<Picture, "description"> }>
  | Readonly<{ state: "missing" }>
  | Readonly<{ state: "unusable"; reason: string }>;

/** Finds and saves pictures; remembers what it did. */
export type ArchivePictures = {
  /** `target` as written in the file at `file`. */
  find: (target: string, file: string) => Promise<FoundPicture>;
  /** Pictures prepared so far and the milliseconds it took. */
  readonly count: number;
  readonly ms: number;
};

/** A file larger than this is not opened. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;
/** Folders in which site generators keep what is served as it is. */
const STATIC_FOLDERS = ["", "static/", "public/", "assets/", "source/", "content/", "images/"];
const REMEMBERED_MAX = 20_000;

/** `db` undefined only looks (a dry run): pictures are prepared, not saved. */
export function makeArchivePictures(
  root: string,
  db: Database | undefined,
  now: () => number,
): ArchivePictures {
  const known = new Map<string, FoundPicture>();
  let count = 0;
  let ms = 0;

  async function prepare(path: string, bytes: number): Promise<FoundPicture> {
    if (bytes > FILE_BYTES_MAX) {
      const found = describeBytes(bytes);
      const reason = `the file has ${found}: expected at most ${describeBytes(FILE_BYTES_MAX)}`;
      return { state: "unusable", reason };
    }
    const started = now();
    const prepared = await preparePicture(await Deno.readFile(path));
    if ("problem" in prepared) return { state: "unusable", reason: prepared.problem };
    if (db !== undefined && isRefusedBlob(db, prepared.bytes)) {
      return { state: "unusable", reason: "it was removed here and cannot come again" };
    }
    const { type, width, height } = prepared;
    const hash = db === undefined
      ? "0".repeat(64)
      : saveBlob(db, prepared.bytes, { type, width, height }, now());
    count += 1;
    ms += now() - started;
    return {
      state: "saved",
      picture: { hash, type, bytes: prepared.bytes.length, width, height },
    };
  }

  return {
    get count() {
      return count;
    },
    get ms() {
      return ms;
    },
    async find(target, file) {
      for (const candidate of listCandidates(target, file)) {
        const path = findInside(root, candidate);
        if (path === undefined) continue;
        const remembered = known.get(path.path);
        if (remembered) return remembered;
        const found = await prepare(path.path, path.bytes).catch((error): FoundPicture => ({
          state: "unusable",
          reason: `it cannot be read: ${nameError(error)}`,
        }));
        if (known.size < REMEMBERED_MAX) known.set(path.path, found);
        return found;
      }
      return { state: "missing" };
    },
  };
}

/** Where a picture named in a file may lie, below the archive's folder. */
function listCandidates(target: string, file: string): string[] {
  const path = decode(target.replace(/[?#].*$/s, ""));
  if (path === "" || path.includes("\0")) return [];
  const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : "";
  const bundle = file.replace(/\.[^./]*$/, "");
  const absolute = path.replace(/^\/+/, "");
  const candidates = path.startsWith("/")
    ? STATIC_FOLDERS.map((name) => joinPath(name, absolute))
    : [
      joinPath(folder, path),
      joinPath(bundle, path),
      ...STATIC_FOLDERS.map((name) => joinPath(name, path)),
    ];
  return [
    ...new Set(candidates.filter((candidate) => candidate !== undefined && candidate !== "")),
  ] as string[];
}

/** The real path of a regular file below the folder: a link that leads out of it finds nothing. */
function findInside(
  root: string,
  path: string,
): { path: string; bytes: number } | undefined {
  try {
    const real = Deno.realPathSync(`${root}/${path}`);
    const realRoot = Deno.realPathSync(root);
    if (!real.startsWith(realRoot.endsWith("/") ? realRoot : `${realRoot}/`)) return undefined;
    const info = Deno.statSync(real);
    return info.isFile ? { path: real, bytes: info.size } : undefined;
  } catch {
    return undefined;
  }
}

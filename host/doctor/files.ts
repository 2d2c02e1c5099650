/** May the program write in its folder, and may others read the database, with the signing key in it? @module */
import { type Finding, fine, problem, warning } from "../../views/findings.ts";

/** What is known of them. */
export type FileFacts = Readonly<{
  /** The database as it was named. */
  path: string;
  /** False when nothing can be made in the folder; undefined when it was not tried. */
  isFolderWritable: boolean | undefined;
  /** Rights of the database; undefined on systems without. */
  mode: number | undefined;
  /** The user that the database belongs to; undefined on systems without. */
  owner: number | undefined;
  /** The user as whom this program runs; undefined where that is not known. */
  user: number | undefined;
}>;

const NAME = "Files";
const ROOT = 0;
const PROBE = ".capsule-doctor-";

/** Judges them. */
export function judgeFiles({ path, isFolderWritable, mode, owner, user }: FileFacts): Finding {
  if (isFolderWritable === false) {
    return problem(
      NAME,
      `Nothing can be written in the folder of ${path}.`,
      "Give the folder to the user as whom the capsule runs (chown), and look whether the disk may be written.",
    );
  }
  if (owner !== undefined && user !== undefined && user !== owner && user !== ROOT) {
    return problem(
      NAME,
      `${path} belongs to another user than the one who runs this.`,
      `Run the program as the user whom it belongs to, or give it to this one: chown ${user} ${path}`,
    );
  }
  const others = mode === undefined ? 0 : mode & 0o077;
  if (others !== 0) {
    return warning(
      NAME,
      `Other users of this machine may ${(others & 0o022) === 0 ? "read" : "change"} ${path}, ` +
        "which holds the key that signs your posts.",
      `Take that right away from them: chmod 600 ${path}`,
    );
  }
  return fine(
    NAME,
    isFolderWritable === undefined
      ? `Only you may read ${path}.`
      : `The folder can be written, and only you may read ${path}.`,
  );
}

/** Looks at the database's file; `isTried`: makes an empty file beside it and takes it away again. */
export async function lookAtFiles(
  path: string,
  { isTried }: Readonly<{ isTried: boolean }>,
): Promise<FileFacts> {
  const { mode, uid } = await Deno.stat(path);
  const tried = isTried ? await tryFolder(folderOf(path)) : undefined;
  return {
    path,
    isFolderWritable: tried?.isWritable,
    mode: mode ?? undefined,
    owner: uid ?? undefined,
    user: tried?.user,
  };
}

async function tryFolder(
  folder: string,
): Promise<Readonly<{ isWritable: boolean; user: number | undefined }>> {
  const probe = `${folder}/${PROBE}${crypto.randomUUID()}`;
  try {
    using file = await Deno.open(probe, { write: true, createNew: true, mode: 0o600 });
    const { uid } = await file.stat();
    return { isWritable: true, user: uid ?? undefined };
  } catch {
    return { isWritable: false, user: undefined };
  } finally {
    await Deno.remove(probe).catch(() => {});
  }
}

/** The folder in which a file is. */
export function folderOf(path: string): string {
  const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return end < 0 ? "." : path.slice(0, end) || "/";
}

/** Writes everything a capsule shows into a folder: Markdown, pictures, and a proof of each piece. @module */
import { makeProofDocument } from "../../mesh/proofs.ts";
import { readBlob } from "../../storage/blobs.ts";
import type { Database } from "../../storage/database.ts";
import { listEntries } from "../../storage/entries.ts";
import { findPiece, type Picture, type Piece } from "../../storage/pieces.ts";
import { listRevisionIndexes } from "../../storage/revisions.ts";
import { CommandProblem } from "../command.ts";
import { explainFile } from "../files.ts";
import { listPiecePictures, makePieceFile, picturePath } from "./piece_file.ts";

/** What an export wrote. */
export type ExportResult = Readonly<{ pieces: number; pictures: number; proofs: number }>;

/** What an export needs. */
export type ExportOptions = Readonly<{
  db: Database;
  log: number;
  /** A folder that is empty or not there yet. */
  folder: string;
  onProgress: (done: number) => void;
}>;

const ENTRIES_AT_ONCE = 256;
const FOLDERS = ["articles", "posts", "pages", "pictures", "proofs"];

/** Writes all pieces. Throws CommandProblem when the folder has something in it or cannot be written. */
export function exportAll(options: ExportOptions): ExportResult {
  const { folder, onProgress } = options;
  try {
    prepareFolder(folder);
    const counts = { pieces: 0, pictures: 0, proofs: 0 };
    for (const piece of listAll(options)) {
      exportPiece(options, piece, counts);
      onProgress(counts.pieces);
    }
    return counts;
  } catch (error) {
    throw explainFile(error, `Cannot write ${folder}`, "an empty folder");
  }
}

function prepareFolder(folder: string): void {
  Deno.mkdirSync(folder, { recursive: true });
  const found = [...Deno.readDirSync(folder)].length;
  if (found > 0) {
    throw new CommandProblem(
      "folder_not_empty",
      `Cannot export to ${folder}: expected an empty folder, found ${found} things in it. Name a new one.`,
    );
  }
  for (const name of FOLDERS) Deno.mkdirSync(`${folder}/${name}`);
}

/** Every piece that is shown, in the order of the log, one in memory at a time. */
function* listAll({ db, log }: ExportOptions): Generator<Piece> {
  let from = 0;
  while (true) {
    const entries = listEntries(db, log, from, ENTRIES_AT_ONCE);
    for (const { index, kind } of entries) {
      if (kind !== "post" && kind !== "article") continue;
      const piece = findPiece(db, log, index);
      if (piece !== undefined && piece !== "withdrawn") yield piece;
    }
    if (entries.length === 0) return;
    from += entries.length;
  }
}

function exportPiece(
  { db, folder }: ExportOptions,
  piece: Piece,
  counts: { pieces: number; pictures: number; proofs: number },
): void {
  const { path, text } = makePieceFile(db, piece);
  writeNew(`${folder}/${path}`, text);
  counts.pieces += 1;
  for (const picture of listPiecePictures(piece)) {
    if (exportPicture(db, folder, picture)) counts.pictures += 1;
  }
  // A revision is an entry of its own: what is shown needs its proof too.
  for (const index of [piece.index, ...listRevisionIndexes(db, piece.log, piece.index)]) {
    const proof = makeProofDocument(db, piece.log, index);
    if (proof === undefined || proof === "withdrawn") continue;
    writeNew(`${folder}/proofs/${index}.json`, proof);
    counts.proofs += 1;
  }
}

/** False when another piece brought the same picture, or when its bytes are not here. */
function exportPicture(db: Database, folder: string, picture: Picture): boolean {
  const bytes = readBlob(db, picture.hash, 0, picture.bytes);
  if (bytes.length === 0) return false;
  try {
    Deno.writeFileSync(`${folder}/${picturePath(picture)}`, bytes, { createNew: true });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

function writeNew(path: string, text: string): void {
  Deno.writeTextFileSync(path, text, { createNew: true });
}

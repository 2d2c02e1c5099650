/** How large the database is, and whether anything is known to be wrong with it. @module */
import { findRetired } from "../../mesh/signing.ts";
import { verifySignature } from "../../mesh/verify_signature.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { findDamage } from "../../storage/damage.ts";
import type { Database } from "../../storage/database.ts";
import { type DatabaseSize, measureDatabase } from "../../storage/database_size.ts";
import { checkHead } from "../../storage/head.ts";
import { findSigning } from "../../storage/signing.ts";
import { describeBytes } from "../../views/ages.ts";
import { type Finding, fine, problem, warning } from "../../views/findings.ts";
import { splitAdvice } from "./sentences.ts";

/** What is known of it. */
export type DatabaseFacts = Readonly<{
  size: DatabaseSize;
  /** A sentence about damage that was found; undefined when none was. */
  damage: string | undefined;
  isSetUp: boolean;
  /** True when the end of the log was looked at. */
  isHeadWhole: boolean;
}>;

const NAME = "Database";
/** It is cut back to a quarter of this whenever nobody reads an older state. */
const WAL_BYTES_MAX = 256 * 1024 * 1024;
const RESTORE =
  '"capsule verify --all" says where. Stop the capsule, check the disk, restore the newest backup.';

/** Judges it. */
export function judgeDatabase(
  { size, damage, isSetUp, isHeadWhole }: DatabaseFacts,
): Finding {
  if (damage !== undefined) {
    return problem(NAME, splitAdvice(damage)[0], RESTORE);
  }
  const { bytes, freeBytes, walBytes } = size;
  if (walBytes > WAL_BYTES_MAX) {
    return warning(
      NAME,
      `${describeBytes(walBytes)} wait beside it to be written into it.`,
      "A program that reads the database has not ended for long: look for a hanging backup or command, and end it.",
    );
  }
  const free = freeBytes > 0 ? `, ${describeBytes(freeBytes)} of it free for what comes` : "";
  const wait = walBytes > 0 ? `, ${describeBytes(walBytes)} more in the -wal file beside it` : "";
  const head = !isSetUp
    ? " No capsule is set up in it yet."
    : isHeadWhole
    ? " Its newest entries are whole."
    : "";
  return fine(NAME, `${describeBytes(bytes)}${free}${wait}.${head}`);
}

/** Measures it, and looks at the end of the log: what a crash or a bad disk would most likely have harmed. */
export function lookAtDatabase(db: Database): DatabaseFacts {
  const own = findOwnCapsule(db);
  // While entries are fetched back, or after the key was retired, the end is not yet, or no more, of our own making.
  const mayLook = own !== undefined && findRetired(db, own) === undefined &&
    (findSigning(db)?.outcome ?? "allowed") === "allowed";
  const damage = findDamage(db) ??
    (mayLook ? checkHead(db, own.log, verifySignature) : undefined);
  const isHeadWhole = mayLook && damage === undefined;
  return { size: measureDatabase(db), damage, isSetUp: own !== undefined, isHeadWhole };
}

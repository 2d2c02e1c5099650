/** `capsule status`: what is in the database, and whether it is being served. @module */
import { findBackupPlan } from "../../storage/backup_plan.ts";
import { findNewestBackup, findNewestRehearsal, findNewestTry } from "../../storage/backups.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { countPieces } from "../../storage/counts.ts";
import { findDamage } from "../../storage/damage.ts";
import { countFollowers } from "../../storage/followers.ts";
import { type HoldingsSummary, summarizeHoldings } from "../../storage/holdings.ts";
import { findSigning } from "../../storage/signing.ts";
import { findNewestUpkeepRun } from "../../storage/upkeep_runs.ts";
import { describeBackups } from "../../views/backups.ts";
import { describeSigningInText } from "../../views/signing_states.ts";
import type { Command, Context } from "../command.ts";
import { formatCount } from "../counts.ts";
import { formatBytes } from "../files.ts";
import { findServer } from "../lease.ts";
import { PROGRAM_VERSION } from "../program_version.ts";
import { openServed, requireCapsule } from "../served_database.ts";

/** The command. */
export const command: Command = {
  name: "status",
  summary: "Show what is in the database and whether it is being served",
  usage: "status [options]",
  options: {},
  examples: ["capsule status", "capsule status --json"],
  run,
};

async function run(context: Context): Promise<void> {
  using db = openServed(context.dataPath, context.now, { mustExist: true }).db;
  const { log, id, name, address } = requireCapsule(db);
  const checkpoint = findCheckpoint(db, log);
  const server = await findServer(db, context.now);
  const damage = findDamage(db);
  const signing = findSigning(db);
  const held = signing && describeSigningInText(signing.outcome);
  const backups = {
    plan: findBackupPlan(db),
    newest: findNewestBackup(db),
    newestTry: findNewestTry(db),
    rehearsal: findNewestRehearsal(db),
  };
  const status = {
    id,
    name,
    address,
    log: { size: checkpoint?.size ?? 0, root: checkpoint?.root.toBase64() ?? "" },
    posts: countPieces(db, log, "post"),
    articles: countPieces(db, log, "article"),
    pages: countPieces(db, log, "page"),
    followers: countFollowers(db),
    holdings: summarizeHoldings(db),
    database: { path: context.dataPath, bytes: await measure(context.dataPath) },
    backups: {
      plan: backups.plan ?? null,
      newest: backups.newest ?? null,
      newestTry: backups.newestTry ?? null,
      rehearsal: backups.rehearsal ?? null,
    },
    upkeep: findNewestUpkeepRun(db) ?? null,
    serving: server !== undefined,
    ...(server === undefined ? {} : { url: server.url }),
    ...(held === undefined ? {} : { publishing: signing?.outcome }),
    ...(damage === undefined ? {} : { damage }),
    version: PROGRAM_VERSION,
  };
  context.answer(
    status,
    [
      `${name} · ${address ?? "no address yet"}`,
      `id        ${id}`,
      `log       ${formatCount(status.log.size, "entry", "entries")}, root ${status.log.root}`,
      `pieces    ${formatCount(status.posts, "post")}, ` +
      `${formatCount(status.articles, "article")}, ${formatCount(status.pages, "page")}`,
      `followers ${describeFollowers(status.followers, status.holdings)}`,
      `database  ${context.dataPath}, ${formatBytes(status.database.bytes)}`,
      ...describeBackups(backups).map((line, i) =>
        `${i === 0 ? "backups  " : "         "} ${line}`
      ),
      `serving   ${server === undefined ? "no" : `yes, at ${server.url}`}`,
      ...(held === undefined ? [] : [`publishes no. ${held}`]),
      ...(damage === undefined ? [] : [`damaged   ${damage}`]),
    ].join("\n"),
  );
}

/** Bytes on the disk: what was written last may still stand in the file beside it. */
async function measure(path: string): Promise<number> {
  const { size } = await Deno.stat(path);
  const beside = await Deno.stat(`${path}-wal`).catch(() => ({ size: 0 }));
  return size + beside.size;
}

function describeFollowers(
  followers: number,
  { all, some, none, unknown }: HoldingsSummary,
): string {
  if (followers === 0) return "none yet";
  const parts = [
    `${all} with everything`,
    ...(some === 0 ? [] : [`${some} with a part`]),
    ...(none === 0 ? [] : [`${none} with nothing yet`]),
    ...(unknown === 0 ? [] : [`${unknown} not asked yet`]),
  ];
  return `${formatCount(followers, "capsule")}: ${parts.join(", ")}`;
}

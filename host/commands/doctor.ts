/** `capsule doctor`: what is wrong, and what to do about it. @module */
import { findCertifiedName } from "../../storage/certificates.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { type Database, DatabaseProblem, openDatabase } from "../../storage/database.ts";
import { type Finding, fine, problem } from "../../views/findings.ts";
import { readAddress } from "../address.ts";
import type { Command, Context } from "../command.ts";
import { examineHere, examineOutside } from "../doctor/examination.ts";
import { judgeServing, lookAtServing } from "../doctor/serving.ts";
import { paintFindings } from "../doctor/lines.ts";
import { splitAdvice } from "../doctor/sentences.ts";
import { openServed } from "../served_database.ts";

/** The command. */
export const command: Command = {
  name: "doctor",
  summary: "Look whether everything is well, and say what to do where it is not",
  usage: "doctor [--address URL] [options]",
  options: {
    address: {
      type: "string",
      value: "URL",
      text: "the public address to look at, also before the first start",
    },
  },
  details: `A line for each thing: "ok", "!" worth a look, "!!" does not work, and what to do.\n` +
    `Works beside a running server and without one; takes ten seconds at most.\n` +
    `The exit status is 1 when something does not work.`,
  examples: ["capsule doctor", "capsule doctor --address https://capsule.example.org"],
  run,
};

/** The order in which people look for the cause of a trouble. */
const ORDER = [
  ...["Server", "Database", "Disk", "Files", "Address", "Ports", "Certificate", "Clock"],
  ...["Backup", "Upkeep", "Publishing", "Copies", "Followers", "Guard", "Memory"],
];

async function run(context: Context): Promise<number> {
  const findings = (await examine(context))
    .toSorted((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name));
  context.answer(findings, paintFindings(findings, Deno.stdout.isTerminal() && !Deno.noColor));
  return findings.some(({ state }) => state === "problem") ? 1 : 0;
}

async function examine(context: Context): Promise<Finding[]> {
  try {
    const { db, problem: unwritten } = openServed(context.dataPath, context.now, {
      mustExist: true,
    });
    using _closed = db;
    const findings = await examineDatabase(context, db);
    if (unwritten === undefined || unwritten.kind === "damaged") return findings;
    // It can be read, and no more: a full disk, rights.
    const told = problem("Database", ...splitAdvice(unwritten.message));
    return findings.map((one) => one.name === "Database" ? told : one);
  } catch (error) {
    if (!(error instanceof DatabaseProblem)) throw error;
    if (error.kind === "missing" && context.text("address") !== undefined) {
      return await examineBefore(context);
    }
    // Everything else is read from it.
    return [problem("Database", ...splitAdvice(error.message))];
  }
}

/** Before the first start there is no database, but the name and this machine can be looked at. */
async function examineBefore(context: Context): Promise<Finding[]> {
  using db = openDatabase(":memory:");
  const before = ["Address", "Ports", "Certificate", "Disk", "Clock", "Guard"];
  const findings = (await examineDatabase(context, db)).filter(({ name }) => before.includes(name));
  return [fine("Database", "There is none here yet: the first start makes it."), ...findings];
}

async function examineDatabase(context: Context, db: Database): Promise<Finding[]> {
  const { dataPath, now, config } = context;
  const given = context.text("address") ?? config.address;
  const address = given === undefined ? undefined : readAddress(given, false);
  const serving = await lookAtServing(db, now());
  const parts = {
    ...{ db, dataPath, now, isServer: false },
    origin: address ?? findOrigin(db),
    servedStart: serving.told?.start,
    isBehindProxy: config.port !== undefined,
    isDev: serving.lease?.isDev === true,
  };
  const { findings, reach } = await examineOutside(parts);
  return [judgeServing(serving), ...findings, ...await examineHere(parts, reach)];
}

/** Until it is set up nothing but its certificate names the address that the server was started with. */
function findOrigin(db: Database): string | undefined {
  const own = findOwnCapsule(db);
  if (own !== undefined) return own.address ?? undefined;
  const name = findCertifiedName(db);
  return name === undefined ? undefined : `https://${name}`;
}

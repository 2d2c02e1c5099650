/** `capsule up`: whether the server of this database answers; the health check of containers, which have no shell. @module */
import { type Command, CommandProblem, type Context } from "../command.ts";
import { findServer } from "../lease.ts";
import { openExisting } from "../served_database.ts";

/** The command. */
export const command: Command = {
  name: "up",
  summary: "Say whether the capsule is being served here and answers",
  usage: "up [options]",
  options: {},
  details: "Exit status 0 when it answers GET /up, else 1: for health checks.",
  examples: ["capsule up", "capsule up --json"],
  run,
};

async function run(context: Context): Promise<void> {
  using db = openExisting(context.dataPath);
  const server = await findServer(db, context.now);
  if (server !== undefined) {
    return context.answer({ up: true, url: server.url }, `Up, at ${server.url}.`);
  }
  throw new CommandProblem(
    "not_up",
    `Nobody serves ${context.dataPath} on this machine, or the server does not answer. Start it with "capsule serve".`,
  );
}

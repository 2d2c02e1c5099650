/** `capsule version`: which program, protocol, SQLite and Deno this is. @module */
import process from "node:process";
import type { Command, Context } from "../command.ts";
import { PROGRAM_VERSION, PROTOCOL_VERSION } from "../program_version.ts";

/** The command. */
export const command: Command = {
  name: "version",
  summary: "Show the versions of the program and of what it is made of",
  usage: "version [options]",
  options: {},
  examples: ["capsule version --json"],
  run,
};

function run(context: Context): void {
  const versions = {
    capsule: PROGRAM_VERSION,
    protocol: PROTOCOL_VERSION,
    sqlite: process.versions.sqlite ?? "unknown",
    deno: Deno.version.deno,
  };
  context.answer(
    versions,
    `capsule ${versions.capsule} (protocol ${versions.protocol}, SQLite ${versions.sqlite}, ` +
      `Deno ${versions.deno})`,
  );
}

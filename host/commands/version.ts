/** `capsule version`: which program, protocol, SQLite and Deno this is, and what is embedded in it. @module */
import process from "node:process";
import type { Command, Context } from "../command.ts";
import { EMBEDDED_HASH } from "../embedded.ts";
import { PROGRAM_VERSION, PROTOCOL_VERSION } from "../program_version.ts";

/** The command. */
export const command: Command = {
  name: "version",
  summary: "Show the versions of the program and of what it is made of",
  usage: "version [options]",
  options: {
    licences: { type: "boolean", text: "show the licences of the libraries in the program" },
  },
  details:
    "The hash is over the paths and contents of all files in the program: two programs made from one\n" +
    "commit show the same, for whatever machine.",
  examples: ["capsule version --json"],
  takesAnyVersion: true,
  run,
};

/** Made together with the program, beside main.ts: .ci/program.ts. */
const LICENCES = new URL("../../licences.json", import.meta.url);

async function run(context: Context): Promise<void> {
  if (context.flag("licences")) return await showLicences(context);
  const versions = {
    capsule: PROGRAM_VERSION,
    protocol: PROTOCOL_VERSION,
    sqlite: process.versions.sqlite ?? "unknown",
    deno: Deno.version.deno,
    /** Null when run from source: then the files are what stands in the checkout now. */
    embedded: EMBEDDED_HASH ?? null,
  };
  context.answer(
    versions,
    `capsule ${versions.capsule} (protocol ${versions.protocol}, SQLite ${versions.sqlite}, ` +
      `Deno ${versions.deno})\n` +
      (EMBEDDED_HASH === undefined
        ? "run from source: nothing is embedded"
        : `embedded files: sha256 ${EMBEDDED_HASH}`),
  );
}

async function showLicences(context: Context): Promise<void> {
  if (EMBEDDED_HASH === undefined) {
    const text = "run from source: each library's licence stands in its own package";
    return context.answer({ licences: null }, text);
  }
  const licences: Record<string, string> = JSON.parse(await Deno.readTextFile(LICENCES));
  const parts = Object.entries(licences).map(([name, text]) => `${name}\n\n${text.trim()}\n`);
  context.answer({ licences }, parts.join(`\n${"-".repeat(72)}\n\n`));
}

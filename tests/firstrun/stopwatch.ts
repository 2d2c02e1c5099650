/** `deno task firstrun`: how long a person needs from the program to the first post over HTTPS, step by step. @module */
import { runWithCompiler } from "../support/binary.ts";
import { hasBrowser } from "../support/browser.ts";
import { findPebble } from "../support/pebble.ts";
import { type FirstRun, firstRun } from "./first_run.ts";

/** What it may take. */
export const SECONDS_MAX = 60;
export const COMMANDS_MAX = 1;
export const FILES_MAX = 0;

const WHAT_WIDTH = 54;

/** What is over its limit; empty when nothing is. */
export function findExcess({ seconds, commands, files, prompts }: FirstRun): string[] {
  return [
    seconds < SECONDS_MAX ? "" : `expected less than ${SECONDS_MAX} s`,
    commands <= COMMANDS_MAX ? "" : `expected ${COMMANDS_MAX} command`,
    files <= FILES_MAX ? "" : "expected no file to edit",
    prompts === 0 ? "" : "expected no question in the terminal",
  ].filter((line) => line !== "");
}

function print({ steps, seconds, commands, prompts, files, fields, clicks }: FirstRun): void {
  for (const step of steps) {
    console.log(`${step.what.padEnd(WHAT_WIDTH)}${step.seconds.toFixed(2).padStart(7)} s`);
  }
  console.log(
    `${"from the command to the post".padEnd(WHAT_WIDTH)}${seconds.toFixed(2).padStart(7)} s`,
  );
  console.log(
    `${commands} command, ${prompts} questions in the terminal, ${files} files to edit; ` +
      `${fields} fields and ${clicks} buttons in the browser`,
  );
}

async function main(): Promise<number> {
  if (!hasBrowser() || !findPebble()) {
    console.error(
      "firstrun: expected Chromium and Pebble (Debian: chromium, pebble), found them not.",
    );
    return 2;
  }
  const folder = await Deno.makeTempDir({ prefix: "capsule-firstrun-" });
  try {
    const binary = `${folder}/capsule`;
    const { success, said } = await runWithCompiler([".ci/compile.ts", binary]);
    if (!success) {
      console.error(`firstrun: the program could not be compiled:\n${said}`);
      return 2;
    }
    const found = await firstRun(binary);
    print(found);
    const excess = findExcess(found);
    for (const line of excess) console.error(`firstrun: ${line}.`);
    return excess.length === 0 ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());

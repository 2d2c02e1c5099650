/**
 * Writes the vector files of docs/protocol.md §17 beside itself; with `--check` compares instead and
 * fails when one differs. Run: deno run -A tests/vectors/generate.ts [--check]
 */
import { checkpointScenarios } from "./scenarios/checkpoints.ts";
import { contentScenarios } from "./scenarios/contents.ts";
import { identityScenarios } from "./scenarios/identities.ts";
import { logScenarios } from "./scenarios/logs.ts";
import { proofScenarios } from "./scenarios/proofs.ts";
import { textScenarios } from "./scenarios/texts.ts";
import type { Scenarios, Vector } from "./vector.ts";

const FOLDER = new URL("./", import.meta.url);

/** All scenarios by name. */
export function allScenarios(): Scenarios {
  const parts = [
    textScenarios(),
    identityScenarios(),
    logScenarios(),
    checkpointScenarios(),
    contentScenarios(),
    proofScenarios(),
  ];
  const all: Scenarios = {};
  for (const part of parts) {
    for (const [name, vector] of Object.entries(part)) {
      if (Object.hasOwn(all, name)) throw new Error(`Cannot generate: two scenarios ${name}`);
      all[name] = vector;
    }
  }
  return all;
}

/** The exact text of a vector file. */
export function formatVector(vector: Vector): string {
  return `${JSON.stringify(vector, null, 2)}\n`;
}

/** Names of the vector files that are there. */
export function listVectorFiles(): string[] {
  return [...Deno.readDirSync(FOLDER)].map((file) => file.name)
    .filter((name) => name.endsWith(".json")).sort();
}

/** Compares the files with the scenarios: one sentence for each difference. */
export function findDifferences(): string[] {
  const all = allScenarios();
  const files = new Set(listVectorFiles());
  const problems: string[] = [];
  for (const [name, vector] of Object.entries(all)) {
    const file = `${name}.json`;
    if (!files.delete(file)) problems.push(`${file}: missing`);
    else if (Deno.readTextFileSync(new URL(file, FOLDER)) !== formatVector(vector)) {
      problems.push(`${file}: differs from its scenario`);
    }
  }
  for (const file of files) problems.push(`${file}: no scenario makes it`);
  return problems;
}

if (import.meta.main) {
  if (Deno.args.includes("--check")) {
    const problems = findDifferences();
    for (const problem of problems) console.error(problem);
    Deno.exit(problems.length === 0 ? 0 : 1);
  }
  for (const name of listVectorFiles()) Deno.removeSync(new URL(name, FOLDER));
  for (const [name, vector] of Object.entries(allScenarios())) {
    Deno.writeTextFileSync(new URL(`${name}.json`, FOLDER), formatVector(vector));
  }
}

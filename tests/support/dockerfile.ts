/** The Dockerfile, as its instructions. @module */
import { ROOT } from "./binary.ts";

/** One instruction: `COPY`, and what stands behind it. */
export type Instruction = Readonly<{ name: string; value: string }>;

/** Its first stage and its last, the FROM of each in front. */
export function readDockerfile(): Readonly<{ build: Instruction[]; last: Instruction[] }> {
  const text = Deno.readTextFileSync(`${ROOT}Dockerfile`);
  const all = text.replace(/^#.*\n/gm, "").replace(/\\\n\s*/g, "").split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name = "", value = ""] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
      return { name, value };
    });
  const second = all.findLastIndex(({ name }) => name === "FROM");
  return { build: all.slice(0, second), last: all.slice(second) };
}

/** The words of an instruction in its JSON form; throws for the shell's form, which wants a shell. */
export function readJson(instructions: readonly Instruction[], name: string): string[] {
  return JSON.parse(instructions.find((one) => one.name === name)?.value ?? "");
}

/** Reads Prometheus' text format 0.0.4 by its grammar, and has Prometheus' own tool read it. @module */
import { findProgram, need } from "./optional.ts";

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"`;
const NUMBER = "[-+]?(?:\\d+(?:\\.\\d+)?(?:e[-+]?\\d+)?|Inf|NaN)";
const HELP = new RegExp(`^# HELP (${NAME}) (?:[^\\\\]|\\\\[\\\\n])*$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`);
const SAMPLE = new RegExp(`^(${NAME})(\\{${LABEL}(?:,${LABEL})*\\})? (${NUMBER})$`);

/** Every sample by its name with its labels; throws at the first line that breaks the grammar. */
export function readMetricsText(text: string): Map<string, number> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const found = new Map<string, number>();
  const types = new Map<string, string>();
  let current = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const help = HELP.exec(line);
    const type = TYPE.exec(line);
    const sample = SAMPLE.exec(line);
    if (help !== null) {
      current = start(help[1] ?? "", types);
    } else if (type !== null) {
      if (type[1] !== current) throw new Error(`type without help: ${line}`);
      types.set(current, type[2] ?? "");
    } else if (sample !== null) {
      const [, name = "", labels = "", value = ""] = sample;
      checkName(name, current, types);
      if (found.has(name + labels)) throw new Error(`told twice: ${line}`);
      found.set(name + labels, Number(value.replace("Inf", "Infinity")));
    } else throw new Error(`breaks the grammar: ${line}`);
  }
  checkHistograms(found, types);
  return found;
}

function start(name: string, types: Map<string, string>): string {
  if (types.has(name)) throw new Error(`lines of ${name} do not stand together`);
  return name;
}

function checkName(name: string, current: string, types: Map<string, string>): void {
  const type = types.get(current);
  const names = type === "histogram"
    ? ["_bucket", "_sum", "_count"].map((suffix) => current + suffix)
    : [current];
  if (type === undefined || !names.includes(name)) throw new Error(`${name} below ${current}`);
  if (type === "counter" && !name.endsWith("_total")) throw new Error(`counter ${name}`);
}

function checkHistograms(found: Map<string, number>, types: Map<string, string>): void {
  for (const [name, type] of types) {
    if (type !== "histogram") continue;
    const buckets = [...found].filter(([key]) => key.startsWith(`${name}_bucket{`));
    const counts = buckets.map(([, value]) => value);
    if (counts.some((count, n) => count < (counts[n - 1] ?? 0))) throw new Error(`${name} falls`);
    if (buckets.at(-1)?.[0] !== `${name}_bucket{le="+Inf"}`) throw new Error(`${name} has no end`);
    if (counts.at(-1) !== found.get(`${name}_count`)) throw new Error(`${name} does not add up`);
  }
}

/** What promtool has to say of figures, line by line: of form, names, types and helps. Undefined where there is no promtool. */
export async function lintMetrics(text: string): Promise<string[] | undefined> {
  if (!need("promtool", await findProgram("promtool"))) return undefined;
  const child = new Deno.Command("promtool", {
    args: ["check", "metrics"],
    ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const lines = said.split("\n").filter((line) => line !== "");
  return success || lines.length > 0 ? lines : ["promtool failed without a word"];
}

/** What `--help` shows. @module */
import type { Command, Option, Options } from "./command.ts";

/** The list of commands, under headings. */
export function overview(groups: readonly (readonly [string, readonly Command[]])[]): string {
  const names = groups.flatMap(([, commands]) => commands.map(({ name }) => name.length));
  const width = Math.max(...names);
  const lines = groups.flatMap(([heading, commands]) => [
    `${heading}:`,
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
  ]);
  return [
    "Capsule: your posts and articles on an address of your own.",
    "",
    "Usage: capsule [command] [options]",
    "",
    ...lines,
    "Without a command it serves the capsule of the folder you are in.",
    `"capsule <command> --help" shows the options and an example of each.`,
    "",
  ].join("\n");
}

/** The help of one command. */
export function commandHelp(command: Command, common: Options): string {
  const all = Object.entries({ ...command.options, ...common });
  const width = Math.max(...all.map(([name, option]) => flagText(name, option).length));
  const flags = all.map(([name, option]) =>
    `  ${flagText(name, option).padEnd(width)}  ${option.text}`
  );
  return [
    `${command.summary}.`,
    "",
    `Usage: capsule ${command.usage}`,
    "",
    "Options:",
    ...flags,
    "",
    ...(command.details === undefined ? [] : [command.details, ""]),
    command.examples.length === 1 ? "Example:" : "Examples:",
    ...command.examples.map((line) => `  ${line}`),
    "",
  ].join("\n");
}

function flagText(name: string, option: Option): string {
  const value = option.type === "string" ? ` ${option.value ?? "TEXT"}` : "";
  return `--${name}${value}${option.multiple === true ? " …" : ""}`;
}

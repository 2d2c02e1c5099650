/** Where a file stands in the house: its path from the project's folder, and its room. @module */
/// <reference lib="deno.unstable" />

/** The rooms of the house, `mesh/protocol` being one of its own. */
export type Room =
  | "content"
  | "views"
  | "storage"
  | "mesh/protocol"
  | "mesh"
  | "routes"
  | "host"
  | "main.ts"
  | "tests"
  | ".ci"
  | "elsewhere";

const ROOMS: readonly Room[] = [
  "content",
  "views",
  "storage",
  "mesh/protocol",
  "mesh",
  "routes",
  "host",
  "main.ts",
  "tests",
  ".ci",
];

const PROJECT = decodeURIComponent(new URL("../..", import.meta.url).pathname);

/** The path of a file from the project's folder, with `/` between its parts. */
export function pathInProject(filename: string): string {
  const path = filename.replace(/^file:\/\//, "").replaceAll("\\", "/");
  return path.startsWith(PROJECT) ? path.slice(PROJECT.length) : path.replace(/^\.?\//, "");
}

/** The room of a path given from the project's folder. */
export function roomOf(path: string): Room {
  return ROOMS.find((room) => path === room || path.startsWith(`${room}/`)) ?? "elsewhere";
}

/** Tests and the gate may do what the program may not: read the environment, look at the clock, call out. */
export function isProgram(path: string): boolean {
  const room = roomOf(path);
  return room !== "tests" && room !== ".ci";
}

/** Resolves `./x.ts` or `../y.ts`, as written in the file at `from`, to a path from the project's folder. */
export function resolvePath(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

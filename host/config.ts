/** Settings from the environment, for containers and units; flags win over them. @module */

/** The only names of the environment that are read; docs/operations.md lists them. */
export const ENVIRONMENT_NAMES = ["CAPSULE_DATA", "CAPSULE_ADDRESS", "CAPSULE_PORT"] as const;

/** What the environment says; absent and empty are the same. */
export type Config = Readonly<{
  data: string | undefined;
  address: string | undefined;
  port: string | undefined;
}>;

/** Reads the environment once; a name that may not be read counts as absent. */
export function readConfig(): Config {
  return {
    data: readName("CAPSULE_DATA"),
    address: readName("CAPSULE_ADDRESS"),
    port: readName("CAPSULE_PORT"),
  };
}

function readName(name: typeof ENVIRONMENT_NAMES[number]): string | undefined {
  if (Deno.permissions.querySync({ name: "env", variable: name }).state !== "granted") {
    return undefined;
  }
  const value = Deno.env.get(name);
  return value === "" ? undefined : value;
}

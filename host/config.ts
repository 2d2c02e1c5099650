/** Settings from the environment, for containers and units; flags win over them. @module */

/** The only names of the environment that are read; docs/operations.md lists them. */
export const ENVIRONMENT_NAMES = [
  "CAPSULE_DATA",
  "CAPSULE_ADDRESS",
  "CAPSULE_PORT",
  "CAPSULE_ACME_KEY",
] as const;

/** Would let requests pass beside the guard of mesh/guard.ts; they are forgotten at start and never read. */
export const PROXY_EXCEPTION_NAMES = ["NO_PROXY", "no_proxy"] as const;

/** What the environment says; absent and empty are the same. */
export type Config = Readonly<{
  data: string | undefined;
  address: string | undefined;
  port: string | undefined;
  /** The key of the owner's account at an authority; a flag would show it to everybody on the machine. */
  acmeKey: string | undefined;
}>;

/** Reads the environment once; a name that may not be read counts as absent. */
export function readConfig(): Config {
  return {
    data: readName("CAPSULE_DATA"),
    address: readName("CAPSULE_ADDRESS"),
    port: readName("CAPSULE_PORT"),
    acmeKey: readName("CAPSULE_ACME_KEY"),
  };
}

function readName(name: typeof ENVIRONMENT_NAMES[number]): string | undefined {
  if (Deno.permissions.querySync({ name: "env", variable: name }).state !== "granted") {
    return undefined;
  }
  const value = Deno.env.get(name);
  return value === "" ? undefined : value;
}

/**
 * Forgets which hosts the environment wants asked without a proxy: our own proxy is the guard of outgoing requests. To be
 * called before the first guard starts; where it may not be done, the guard's test of itself still finds out.
 */
export function forgetProxyExceptions(): void {
  for (const variable of PROXY_EXCEPTION_NAMES) {
    if (Deno.permissions.querySync({ name: "env", variable }).state === "granted") {
      Deno.env.delete(variable);
    }
  }
}

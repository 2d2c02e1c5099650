/**
 * A real container engine: Debian's dockerd with folder, mounts and network of its own, of which nothing is left. Needs root.
 * @module
 */
import { findProgram } from "./optional.ts";
import { killIfAlive } from "./process.ts";
import { waitUntil } from "./mesh_rig.ts";
import type { Said } from "./service_machine.ts";

/** An engine that runs. */
export type Engine = Readonly<
  {
    /** Runs a command of the shell beside it, where `docker` speaks with it and published ports are reached. */
    run: (command: string, cwd?: string) => Promise<Said>;
  } & AsyncDisposable
>;

/** How long it may take to start. */
const START_MS = 60_000;

/** What is missing for one; undefined when nothing is. */
export async function findMissingForEngine(): Promise<string | undefined> {
  for (const name of ["dockerd", "docker", "unshare", "nsenter", "ip", "iptables", "curl"]) {
    if (!await findProgram(name)) return name;
  }
  return Deno.uid() === 0 ? undefined : "root";
}

/** Starts one that keeps everything in an empty folder. */
export async function startEngine(folder: string): Promise<Engine> {
  const socket = `unix://${folder}/socket`;
  const words = [
    ...["dockerd", "--host", socket, "--pidfile", `${folder}/pid`],
    ...["--data-root", `${folder}/data`, "--exec-root", `${folder}/exec`],
  ];
  const env = { PATH: `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`, NO_COLOR: "1" };
  const child = new Deno.Command("unshare", {
    args: [
      ...["--mount", "--net", "sh", "-c", `ip link set lo up && exec "$@" 2>${folder}/log`, "sh"],
      ...words,
    ],
    ...{ stdin: "null", stdout: "null", stderr: "null", env },
  }).spawn();
  const run = async (command: string, cwd = folder): Promise<Said> => {
    const { code, stdout, stderr } = await new Deno.Command("nsenter", {
      args: [`--target=${child.pid}`, "--mount", "--net", "sh", "-c", `cd "$0" && ${command}`, cwd],
      // The builder that every client has, and that knows the least.
      env: { ...env, DOCKER_HOST: socket, DOCKER_BUILDKIT: "0" },
      stdin: "null",
    }).output();
    const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, out, err };
  };
  const stop = async () => {
    // It stops its containers first.
    killIfAlive(child, "SIGTERM");
    await child.status;
  };
  try {
    await waitUntil(
      "the engine answers",
      async () => (await run("docker version")).code === 0,
      START_MS,
    );
  } catch (error) {
    await stop();
    throw new Error(`${error}\n${await Deno.readTextFile(`${folder}/log`)}`);
  }
  return { run, [Symbol.asyncDispose]: stop };
}

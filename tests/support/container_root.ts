/**
 * What the Dockerfile's last stage comes to, without a container engine: a root folder with the C library, and the program,
 * mounted for reading only but for one folder, in namespaces of its own. Needs root and util-linux.
 * @module
 */
import { killIfAlive } from "./process.ts";

/** A running container, as far as it goes here. */
export type Container = Readonly<
  {
    /** Runs a command inside, as the container's user. */
    run: (
      words: readonly string[],
    ) => Promise<Readonly<{ code: number; out: string; err: string }>>;
    /** Starts one there, and waits for a line on its stdout. */
    start: (
      words: readonly string[],
      env: Readonly<Record<string, string>>,
      line: RegExp,
    ) => Promise<string>;
    /** SIGTERM; the exit status of what was started. */
    stop: () => Promise<number>;
  } & AsyncDisposable
>;

/** Makes one in an empty folder. */
export async function openContainer(
  { root, binary, place, user, folder }: Readonly<{
    root: string;
    binary: string;
    /** Where the program is inside. */
    place: string;
    /** "UID:GID". */
    user: string;
    /** The working folder, and the only one that can be written to. */
    folder: string;
  }>,
): Promise<Container> {
  await fillRoot({ root, binary, place, folder });
  const [uid = 0, gid = 0] = user.split(":").map(Number);
  const holder = await holdRoot(root, folder, { uid, gid });
  const command = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    new Deno.Command("nsenter", {
      args: [
        ...[
          `--target=${holder.pid}`,
          "--mount",
          "--net",
          "setpriv",
          "--no-new-privs",
          "--clear-groups",
        ],
        ...["unshare", `--root=${root}`, `--wd=${folder}`, `--setuid=${uid}`, `--setgid=${gid}`],
        ...words,
      ],
      ...{ stdin: "null", stdout: "piped", stderr: "piped", clearEnv: true },
      env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", ...env },
    });
  let running: Deno.ChildProcess | undefined;
  const stop = async () => {
    const child = running;
    running = undefined;
    if (child === undefined) return 0;
    killIfAlive(child, "SIGTERM");
    return (await child.status).code;
  };
  return {
    async run(words) {
      const { code, stdout, stderr } = await command(words).output();
      const decoder = new TextDecoder();
      return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
    },
    async start(words, env, line) {
      running = command(words, env).spawn();
      let text = "";
      const decoder = new TextDecoder();
      const from = running.stdout.getReader();
      while (!line.test(text)) {
        const { value, done } = await from.read();
        if (done) throw new Error(`it ended: ${text}${await new Response(running.stderr).text()}`);
        text += decoder.decode(value, { stream: true });
      }
      await from.cancel();
      await running.stderr.cancel();
      return text;
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await holder.stdin.close();
      await holder.status;
    },
  };
}

/** Mounts it in namespaces that last as long as the process that is answered. */
async function holdRoot(
  root: string,
  folder: string,
  { uid, gid }: Readonly<{ uid: number; gid: number }>,
): Promise<Deno.ChildProcess> {
  await Deno.chmod(root, 0o755);
  const mounts = [
    ["mount", "--bind", root, root],
    ["mount", "-o", "remount,bind,ro", root],
    ["mount", "-t", "tmpfs", "-o", `uid=${uid},gid=${gid},mode=700`, "none", root + folder],
    ["mount", "--rbind", "/proc", `${root}/proc`],
    ["mount", "--rbind", "/dev", `${root}/dev`],
    ["ip", "link", "set", "lo", "up"],
  ].map((words) => words.map((word) => `'${word}'`).join(" ")).join(" && ");
  const holder = new Deno.Command("unshare", {
    args: ["--mount", "--net", "sh", "-c", `${mounts} && echo ready && exec cat >/dev/null`],
    ...{ stdin: "piped", stdout: "piped", stderr: "inherit" },
  }).spawn();
  const reader = holder.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  if (!new TextDecoder().decode(value).startsWith("ready")) throw new Error("no root was made");
  return holder;
}

/** Fills a root folder with the program and the libraries that it names. */
export async function fillRoot(
  { root, binary, place, folder }: Readonly<
    { root: string; binary: string; place: string; folder: string }
  >,
): Promise<void> {
  const { stdout } = await new Deno.Command("ldd", { args: [binary] }).output();
  const libraries = [...new TextDecoder().decode(stdout).matchAll(/(\/\S+) \(0x/g)].map((
    [, path = ""],
  ) => path);
  for (const path of [place, ...libraries]) {
    await Deno.mkdir(`${root}${path.replace(/[^/]*$/, "")}`, { recursive: true });
  }
  for (const path of libraries) await Deno.copyFile(path, root + path);
  for (const path of [folder, "/proc", "/dev"]) await Deno.mkdir(root + path);
  await Deno.copyFile(binary, root + place);
}

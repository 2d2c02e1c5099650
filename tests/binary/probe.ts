/**
 * Tries what the program must not be able to do, and prints how each try ended as JSON. It is compiled with the program's own flags
 * (permissions_test.ts); its one argument is a folder outside of the one it is started in.
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import process from "node:process";
import { statfsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

const [outside = ""] = Deno.args;
const isWindows = Deno.build.os === "windows";
const library = isWindows ? "kernel32.dll" : "libc.so.6";

const TRIES: Readonly<Record<string, () => unknown>> = {
  "read: a file": () => Deno.readTextFileSync("/etc/passwd"),
  "read: a file, slowly": () => Deno.readTextFile("/etc/passwd"),
  "read: an open file": () => Deno.openSync("/etc/passwd"),
  "read: from the folder upwards": () => Deno.readTextFileSync("../../../../../../../etc/passwd"),
  "read: a file of node's": () => fs.readFileSync("/etc/passwd"),
  "read: about a file": () => Deno.statSync("/etc/passwd"),
  "read: a folder": () => [...Deno.readDirSync("/etc")],
  "read: where a link leads": () => Deno.readLinkSync("/proc/self/exe"),
  "read: itself in /proc": () => Deno.readTextFileSync("/proc/self/environ"),
  "read: by fetch": () => fetch("file:///etc/passwd").then((answer) => answer.text()),
  "read: by import": () => import(`file://${outside}/data.json`, { with: { type: "json" } }),
  "read: by require": () => createRequire(import.meta.url)(`${outside}/data.json`),
  "read: by a worker": () => runWorker(`file://${outside}/worker.js`),
  "read: by going there": () => Deno.chdir("/etc"),
  "write: a file": () => Deno.writeTextFileSync(`${outside}/made`, ""),
  "write: a file of node's": () => fs.writeFileSync(`${outside}/made`, ""),
  "write: a folder": () => Deno.mkdirSync(`${outside}/made`),
  "write: a temporary file": () => Deno.makeTempFileSync(),
  "write: away": () => Deno.removeSync(`${outside}/data.json`),
  "write: by renaming": () => {
    Deno.writeTextFileSync("inside", "");
    Deno.renameSync("inside", `${outside}/made`);
  },
  "write: a symbolic link outwards": () => Deno.symlinkSync("/etc/passwd", "link"),
  "write: a hard link outwards": () => Deno.linkSync(`${outside}/data.json`, "hard"),
  "write: a database": () => new DatabaseSync(`${outside}/made.db`).exec("create table t (a)"),
  "write: an attached database": () =>
    new DatabaseSync("inside.db").exec(
      `attach '${outside}/made.db' as other; create table other.t (a)`,
    ),
  "write: a database into another": () =>
    new DatabaseSync("inside.db").exec(`vacuum into '${outside}/made.db'`),
  "run: a program": () => new Deno.Command("/bin/true").outputSync(),
  "run: itself": () => new Deno.Command(Deno.execPath()).outputSync(),
  "run: a program of node's": () => execFileSync("/bin/true"),
  "run: a shell": () => {
    const { error } = spawnSync("/bin/sh", ["-c", "true"]);
    if (error) throw error;
  },
  "run: a signal to another": () => Deno.kill(1, "SIGCONT"),
  "run: a signal of node's": () => process.kill(1, "SIGCONT"),
  "load: a library": () => Deno.dlopen(library, { getpid: { parameters: [], result: "i32" } }),
  "load: an addon": () => process.dlopen({ exports: {} }, `${Deno.cwd()}/addon.node`),
  "load: an addon by require": () => createRequire(import.meta.url)(`${Deno.cwd()}/addon.node`),
  "load: an extension of SQLite": () => {
    const db = new DatabaseSync(":memory:", { allowExtension: true });
    db.loadExtension(library);
  },
  "load: code from elsewhere": () => import(`http://127.0.0.1:${Deno.args[1]}/code.js`),
  "see: the host's name": () => Deno.hostname(),
  "see: the host's name of node's": () => os.hostname(),
  "see: its networks": () => Deno.networkInterfaces(),
  "see: its load": () => Deno.loadavg(),
  "see: its users": () => Deno.uid(),
  "see: the room of another disk": () => statfsSync(outside),
  "see: another name of the environment": () => Deno.env.get("HOME"),
  "see: the whole environment": () => Deno.env.toObject(),
  "see: the environment of node's": () => {
    if (process.env["PATH"] === undefined) throw new Error("NotCapable: not shown");
  },
  "change: the environment": () => Deno.env.set("LD_PRELOAD", "x"),
  "reach: a socket in the file system": () =>
    Deno.connect({ transport: "unix", path: `${outside}/socket` }),
};

async function runWorker(url: string): Promise<unknown> {
  const worker = new Worker(url, { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
  } finally {
    worker.terminate();
  }
}

const ended: Record<string, string> = {};
for (const [name, attempt] of Object.entries(TRIES)) {
  try {
    await attempt();
    ended[name] = "done";
  } catch (error) {
    ended[name] = String(error).split("\n")[0] ?? "";
  }
}

// What is asked for stays denied; nobody is asked at the terminal.
const asked: Record<string, string> = {};
for (const name of ["run", "ffi", "sys", "read", "write", "env", "import"] as const) {
  asked[name] = (await Deno.permissions.request({ name } as Deno.PermissionDescriptor)).state;
}

/** What is embedded in this very program: SHA-256 by path. */
const embedded: Record<string, string> = {};
const root = import.meta.dirname ?? "";
for (const folders = [""]; folders.length > 0;) {
  const folder = folders.pop() ?? "";
  for (const { name, isDirectory } of Deno.readDirSync(`${root}/${folder}`)) {
    const path = `${folder}${name}`;
    if (isDirectory) folders.push(`${path}/`);
    else {
      const bytes = Deno.readFileSync(`${root}/${path}`);
      embedded[path] = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    }
  }
}
console.log(JSON.stringify({ ended, asked, embedded }));

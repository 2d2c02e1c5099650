/**
 * A machine to install on: mount and network namespaces of its own with another /etc and /srv, and stand-ins for systemctl and
 * journalctl that start what a unit says, as whom it says and with the capabilities that it says. Users, files and the program are
 * the real ones. Needs root and util-linux.
 * @module
 */
import { findProgram } from "./optional.ts";
import { killIfAlive, listNames, makeFolder } from "./process.ts";

/** What a command said. */
export type Said = Readonly<{ code: number; out: string; err: string }>;

/** A machine; what runs on it ends with it. */
export type ServiceMachine = Readonly<
  {
    /** A folder that the machine and the test both see. */
    shared: string;
    /** Runs a command of the shell as root. */
    run: (command: string) => Promise<Said>;
    /** Puts a program of the shell in the place of another, for what is not on this machine. */
    provide: (name: string, script: string) => void;
    /** What systemctl was told, in order. */
    calls: () => string[];
  } & AsyncDisposable
>;

/** What is missing for one; undefined when nothing is. */
export async function findMissing(): Promise<string | undefined> {
  for (const name of ["unshare", "nsenter", "setpriv", "runuser", "ip", "useradd"]) {
    if (!await findProgram(name)) return name;
  }
  const { success } = await new Deno.Command("unshare", {
    args: ["--mount", "--net", "true"],
    stderr: "null",
  }).output().catch(() => ({ success: false }));
  return success ? undefined : "root";
}

/** Makes one. */
export async function makeServiceMachine(): Promise<ServiceMachine> {
  const folder = makeFolder();
  const state = `${folder.path}/state`;
  const bin = `${folder.path}/bin`;
  const etc = `${folder.path}/etc`;
  for (const path of [state, bin, etc]) await Deno.mkdir(path);
  writeProgram(`${bin}/systemctl`, `state=${state}\n${SYSTEMCTL}`);
  writeProgram(`${bin}/journalctl`, `cat "${state}/journal-\${!##*=}" 2>/dev/null || true`);
  await Deno.writeTextFile(`${state}/calls`, "");
  const setUp = `cp -a /etc/. ${etc}/ && mount --bind ${etc} /etc && mount -t tmpfs none /srv && ` +
    "chmod 755 /srv && ip link set lo up && echo ready && exec cat >/dev/null";
  const child = new Deno.Command("unshare", {
    args: ["--mount", "--net", "sh", "-c", setUp],
    ...{ stdin: "piped", stdout: "piped", stderr: "inherit" },
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  if (!new TextDecoder().decode(value).startsWith("ready")) throw new Error("no machine was made");

  const run = async (command: string): Promise<Said> => {
    const { code, stdout, stderr } = await new Deno.Command("nsenter", {
      args: [`--target=${child.pid}`, "--mount", "--net", "sh", "-c", command],
      env: { PATH: `${bin}:${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`, NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, out, err };
  };
  return {
    shared: folder.path,
    run,
    provide: (name, script) => writeProgram(`${bin}/${name}`, script),
    calls: () => Deno.readTextFileSync(`${state}/calls`).trimEnd().split("\n"),
    async [Symbol.asyncDispose]() {
      for (const name of listNames(state).filter((name) => name.startsWith("pid-"))) {
        await run(`systemctl stop ${name.slice(4)}`);
      }
      await child.stdin.close();
      await reader.cancel();
      killIfAlive(child, "SIGTERM");
      await child.status;
      folder[Symbol.dispose]();
    },
  };
}

function writeProgram(path: string, script: string): void {
  Deno.writeTextFileSync(path, `#!/bin/bash\nset -e\n${script}\n`, { mode: 0o755 });
}

/** What a unit's service comes to here; the sandbox of folders and calls is systemd's own work. */
const SYSTEMCTL = `
printf '%s\\n' "$*" >>"$state/calls"
name=\${!#}
unit=/etc/systemd/system/$name
pid() { cat "$state/pid-$name" 2>/dev/null; }
is_active() { [ -e "$state/pid-$name" ] && kill -0 "$(pid)" 2>/dev/null; }
get() { sed -n "s/^$1=//p" "$unit"; }
case $1 in
daemon-reload) ;;
enable | disable) [ "$1" = disable ] || [ -f "$unit" ] ;;&
start)
  id=$RANDOM$RANDOM
  echo "$id" >"$state/id-$name"
  caps=-all,+net_bind_service
  [ "$(get AmbientCapabilities)" = CAP_NET_BIND_SERVICE ]
  cd "$(get WorkingDirectory)"
  umask "$(get UMask)"
  setsid env --ignore-environment PATH=/usr/bin:/bin LANG=C.UTF-8 \\
    setpriv --reuid="$(get User)" --regid="$(get Group)" --init-groups --no-new-privs \\
    --bounding-set=$caps --inh-caps=$caps --ambient-caps=$caps \\
    $(get ExecStart) >"$state/journal-$id" 2>&1 </dev/null &
  echo $! >"$state/pid-$name"
  ;;
esac
if [ "$1" = stop ] || [ "$2" = --now ]; then
  ! is_active || kill "$(pid)"
  for ((i = 0; i < 100; i++)); do is_active || break; sleep 0.1; done
  rm -f "$state/pid-$name"
fi
if [ "$1" = is-active ]; then is_active; fi
if [ "$1" = show ]; then cat "$state/id-$name"; fi
`;

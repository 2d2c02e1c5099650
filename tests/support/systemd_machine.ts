/**
 * A machine whose first process is systemd itself: namespaces of its own, this machine's programs to read, another /etc, /srv and
 * /home, and nothing that systemd starts by itself but its journal. It is started again as a machine is, with what it has on its
 * disk. Needs root, util-linux and the second kind of control groups.
 * @module
 */
import { findProgram } from "./optional.ts";
import { makeFolder } from "./process.ts";
import type { Said } from "./service_machine.ts";

/** A machine; what runs on it ends with it. */
export type SystemdMachine = Readonly<
  {
    /** A folder that the machine and the test both see, at the same path. */
    shared: string;
    /** Runs a command of the shell as root. */
    run: (command: string) => Promise<Said>;
    /** Shuts everything down in order, as "systemctl reboot" does, and starts it again. */
    reboot: () => Promise<void>;
  } & AsyncDisposable
>;

const START_MS = 60_000;
const STOP_MS = 60_000;
/** The exit status of a machine that asks to be started again: its first process ends by SIGHUP. */
const REBOOT_STATUS = 128 + 1;

/** What is missing for one; undefined when nothing is. */
export async function findSystemdMissing(): Promise<string | undefined> {
  for (const name of ["unshare", "nsenter", "setpriv", "pivot_root", "ip", "journalctl"]) {
    if (!await findProgram(name)) return name;
  }
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `test -x /usr/lib/systemd/systemd && unshare --mount sh -c '${PROBE}'`],
    ...{ stdout: "null", stderr: "null" },
  }).output();
  return success ? undefined : "systemd, or the right to start it";
}

/** Makes one and waits until systemd says that it runs; throws with systemd's own words when it does not. */
export async function makeSystemdMachine(): Promise<SystemdMachine> {
  const folder = makeFolder();
  const shared = `${folder.path}/shared`;
  await Deno.mkdir(shared);
  await Deno.chmod(folder.path, 0o755);
  await Deno.writeTextFile(`${folder.path}/console`, "");
  let booted = await boot(folder.path);
  return {
    shared,
    run: (command) => runInside(booted.first, command),
    async reboot() {
      // Asked from outside: a command inside would be among what is ended, and is waited for by whom it does not belong to.
      await askForReboot(booted.first);
      const late = setTimeout(() => void end(booted.child), STOP_MS);
      const { code } = await booted.child.status;
      clearTimeout(late);
      await end(booted.child);
      if (code !== REBOOT_STATUS) throw new Error(`the machine did not go down: status ${code}`);
      booted = await boot(folder.path);
    },
    async [Symbol.asyncDispose]() {
      await end(booted.child);
      folder[Symbol.dispose]();
    },
  };
}

type Booted = Readonly<{
  child: Deno.ChildProcess;
  /** The number that its first process has outside. */
  first: string;
}>;

async function boot(folder: string): Promise<Booted> {
  const child = new Deno.Command("unshare", {
    args: ["--mount", "sh", "-euc", HOLD, "sh", folder, BOOT],
    ...{ stdin: "piped", stdout: "piped", stderr: "inherit" },
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  const first = /^first (\d+)$/m.exec(new TextDecoder().decode(value))?.[1];
  const deadline = Date.now() + START_MS;
  while (first !== undefined && Date.now() < deadline) {
    const { out } = await runInside(
      first,
      `timeout ${START_MS / 1_000} systemctl is-system-running --wait 2>/dev/null`,
    );
    if (out === "running\n") return { child, first };
    if (out === "degraded\n") break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const units = first === undefined ? "" : (await runInside(first, "systemctl --failed")).out;
  await end(child);
  throw new Error(`systemd does not run\n${units}${await Deno.readTextFile(`${folder}/console`)}`);
}

async function runInside(first: string, command: string): Promise<Said> {
  const { code, stdout, stderr } = await new Deno.Command("nsenter", {
    args: [
      ...[`--target=${first}`, "--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup"],
      ...["sh", "-c", command],
    ],
    ...{ stdin: "null", clearEnv: true },
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", NO_COLOR: "1" },
  }).output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

/** What is left there is killed with it. */
async function end(child: Deno.ChildProcess): Promise<void> {
  await child.stdin.close().catch(() => undefined);
  await child.status;
}

async function askForReboot(first: string): Promise<void> {
  // SIGRTMIN+5, which systemd takes for that; not every shell knows the name.
  await new Deno.Command("sh", { args: ["-c", `kill -39 ${first}`] }).output();
}

/** The same namespaces and a group of its own, for nothing. */
const PROBE = `
mount -t tmpfs none /mnt && mkdir /mnt/groups && mount -t cgroup2 none /mnt/groups &&
group=$(mktemp -d /mnt/groups/capsule-test-XXXXXX) && rmdir "$group" &&
unshare --cgroup --mount --pid --fork --uts --ipc --net true`;

/**
 * Outside: a control group, and the machine in it for as long as somebody holds its stdin. Its exit status is that of the machine.
 */
const HOLD = `
exec 3<&0 2>>"$1/console"
mkdir -p "$1/groups" "$1/root"
mount -t cgroup2 none "$1/groups"
group=$(mktemp -d "$1/groups$(sed -n 's/^0:://p' /proc/self/cgroup)/capsule-test-XXXXXX")
sh -euc 'echo $$ >"$1/cgroup.procs"; shift
  exec unshare --cgroup --mount --pid --fork --kill-child --uts --ipc --net sh -euc "$@"' \\
  sh "$group" "$2" sh "$1" &
machine=$!
{ cat <&3 >/dev/null; kill -KILL "$machine"; } &
watch=$!
status=0; wait "$machine" || status=$?
kill "$watch" || true
# What ran there is ended by the kernel; the last of it leaves the groups a moment later.
for _ in $(seq 100); do
  find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
  [ -d "$group" ] || break
  sleep 0.05
done
exit $status`;

/** Inside: mounts, and systemd in the place of this shell. The clock, the kernel and its settings are not its own to change. */
const BOOT = `
read -r first _ </proc/self/stat
disk=$1/disk
if [ ! -d "$disk" ]; then
  mkdir -p "$disk/var/lib" "$disk/var/tmp" "$disk/var/log" "$disk/srv" "$disk/home" "$disk/root"
  chmod 1777 "$disk/var/tmp"
  chmod 700 "$disk/root"
  ln -s /run "$disk/var/run"
  cp -a /etc "$disk/etc"
  rm -rf "$disk"/etc/systemd/system "$disk"/etc/rc?.d
  wants=$disk/etc/systemd/system/sysinit.target.wants
  mkdir -p "$wants"
  ln -s /usr/lib/systemd/system/systemd-journald.service "$wants"
  : >"$disk/etc/fstab"
  echo capsule-test >"$disk/etc/hostname"
  # With none the machine would be new, and everything on it be switched on.
  od -An -tx1 -N16 /dev/urandom | tr -d ' ' >"$disk/etc/machine-id"
fi
mount --make-rprivate /
mount -t tmpfs -o mode=755 none "$1/root"
cd "$1/root"
for name in bin sbin lib lib32 lib64; do
  if [ -L "/$name" ]; then cp -a "/$name" .
  elif [ -d "/$name" ]; then mkdir "$name" && mount --bind "/$name" "$name"; fi
done
mkdir usr etc var srv home root tmp run dev proc sys old
chmod 1777 tmp
mount --bind /usr usr
mount -o remount,bind,ro usr
mount -t tmpfs none usr/lib/systemd/system-generators
for wants in usr/lib/systemd/system/*.wants; do mount -t tmpfs none "$wants"; done
for name in etc var srv home root; do mount --bind "$disk/$name" "$name"; done
mkdir -p ".$1/shared"
mount --bind "$1/shared" ".$1/shared"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
[ ! -e proc/sysrq-trigger ] || mount --bind /dev/null proc/sysrq-trigger
mount -t sysfs -o ro none sys
mount -t cgroup2 none sys/fs/cgroup
mount -t tmpfs -o mode=755 none run
mount -t tmpfs -o mode=755 none dev
for name in null zero full random urandom tty; do
  : >"dev/$name"
  mount --bind "/dev/$name" "dev/$name"
done
mkdir dev/pts dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t devpts -o newinstance,ptmxmode=0666 none dev/pts
mount -t tmpfs -o mode=1777 none dev/shm
ip link set lo up
pivot_root . old
umount -l /old
rmdir /old
echo "first $first"
exec env -i container=capsule-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \\
  setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio \\
  /usr/lib/systemd/systemd --system --unit=multi-user.target --show-status=no \\
  </dev/null >&2 3<&-`;

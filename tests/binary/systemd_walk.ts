/** The life of a service on a machine whose first process is systemd: what the unit and the scripts of `capsule install` come to. @module */
import { equal, match, ok } from "node:assert/strict";
import { makeSystemdMachine, type SystemdMachine } from "../support/systemd_machine.ts";

type Place = Readonly<{
  machine: SystemdMachine;
  /** The program that was downloaded, inside. */
  program: string;
  succeed: (command: string) => Promise<string>;
  /** A command of the program, as the service's user in its folder. */
  capsule: (command: string) => Promise<string>;
}>;

/**
 * Installed, looked at and removed; a long walk has more on the way: killed, started with its machine, refused, upgraded.
 * `changeProgram` makes another program of a file.
 */
export async function walkSystemd(
  built: string,
  { isLong, changeProgram }: Readonly<
    { isLong: boolean; changeProgram: (path: string) => Promise<void> }
  >,
): Promise<void> {
  await using machine = await makeSystemdMachine();
  const program = `${machine.shared}/capsule`;
  await Deno.link(built, program);
  const succeed = async (command: string) => {
    const { code, out, err } = await machine.run(command);
    equal(code, 0, `${command}\n${out}${err}`);
    return out;
  };
  const place: Place = {
    machine,
    program,
    succeed,
    capsule: (command) =>
      succeed(`cd /srv/capsule && ${command.replace("./", "runuser -u capsule -- ./")}`),
  };
  await installFirst(place);
  await lookAtSandbox(place);
  if (isLong) {
    await comeBack(place);
    await failToStart(place);
    await changeProgram(program);
    await upgrade(place);
  }
  await remove(place);
}

/** The link is of the start that systemd made, read from its journal; the rights are those of the unit. */
async function installFirst({ program, succeed, capsule }: Place): Promise<void> {
  const said = await succeed(
    `${program} install --address https://capsule.example.org -- --port 80 | sh`,
  );
  match(
    said,
    /^Capsule \S+ runs as capsule\.service, in \/srv\/capsule\.\nListening on http:\/\/127\.0\.0\.1:80\n.*\n {2}https:\/\/capsule\.example\.org\/setup\?code=[0-9a-f]{32}\n$/,
  );
  equal(
    await succeed("systemctl is-active capsule && systemctl is-enabled capsule"),
    "active\nenabled\n",
  );
  const code = /code=([0-9a-f]+)/.exec(said)?.[1] ?? "";
  match(await ask(succeed, `/setup?code=${code}`), /^HTTP\/1\.\d 303 /);
  await capsule("echo 'correct horse battery' | ./capsule init --name Ida --password-stdin");
  await capsule("./capsule post 'Kept under systemd'");
  for (const path of ["/", "/feed.json", "/search?q=systemd"]) {
    const answer = await ask(succeed, path);
    match(answer, /^HTTP\/1\.\d 200 /, path);
    match(answer, /Kept under systemd/, path);
  }
}

/** One answer of the service, from the machine itself. */
function ask(succeed: Place["succeed"], path: string): Promise<string> {
  return succeed(
    `bash -c 'exec 3<>/dev/tcp/127.0.0.1/80; ` +
      `printf "GET ${path} HTTP/1.0\\r\\nHost: capsule.example.org\\r\\n\\r\\n" >&3; cat <&3'`,
  );
}

const OWN = "/etc/systemd/system/capsule.service.d";
const MAIN_PID = "$(systemctl show --property=MainPID --value capsule)";

/** What the unit says of rights, folders and calls, seen from the process. Each refusal has the same thing done outside beside it. */
async function lookAtSandbox({ machine, succeed }: Place): Promise<void> {
  const status = await succeed(`cat /proc/${MAIN_PID}/status`);
  const uid = (await succeed("id -u capsule")).trim();
  match(status, new RegExp(`^Uid:\\s+${uid}\\s+${uid}\\s+${uid}\\s+${uid}$`, "m"));
  ok(uid !== "0");
  for (const set of ["Inh", "Prm", "Eff", "Bnd", "Amb"]) {
    match(status, new RegExp(`^Cap${set}:\\s+0{13}400$`, "m"), "CAP_NET_BIND_SERVICE alone");
  }
  match(status, /^NoNewPrivs:\s+1$/m);
  match(status, /^Seccomp:\s+2$/m);
  match(status, /^Umask:\s+0077$/m);
  match(await succeed(`cat /proc/${MAIN_PID}/limits`), /^Max open files +16384 +16384 /m);
  match(await succeed(`cat /proc/${MAIN_PID}/cgroup`), /^0::\/system\.slice\/capsule\.service$/m);

  await succeed("mkdir -m 777 /home/ida /srv/other && touch /home/ida/letter /tmp/note /dev/disk");
  const user = "setpriv --reuid=capsule --regid=capsule --init-groups --bounding-set=-all";
  const outside = (command: string) => machine.run(`${user} sh -c '${command}'`);
  const inside = (command: string) =>
    machine.run(`nsenter --target=${MAIN_PID} --mount ${user} sh -c '${command}'`);
  for (
    const command of [
      "ls /home/ida/letter",
      "ls /tmp/note",
      "ls /dev/disk",
      "touch /srv/other/own",
      "touch /var/tmp/../../srv/other/own",
      "grep -q systemd /proc/1/cmdline",
    ]
  ) {
    equal((await outside(command)).code, 0, `${command}, outside`);
    ok((await inside(command)).code !== 0, `${command}, inside`);
  }
  equal((await inside("touch /srv/capsule/own && rm /srv/capsule/own")).code, 0);
  const asRoot = await machine.run(
    `nsenter --target=${MAIN_PID} --mount chmod 777 /srv/capsule/capsule`,
  );
  match(asRoot.err, /Read-only file system/);
}

/** Killed, and the machine started again: nobody has to do anything. */
async function comeBack({ machine, succeed }: Place): Promise<void> {
  // A setting of the owner's own, beside the unit; it has to stay, and saves the test five seconds.
  await succeed(
    `mkdir ${OWN} && printf '[Service]\\nRestartSec=100ms\\n' >${OWN}/own.conf && systemctl daemon-reload`,
  );
  const before = await succeed(`echo ${MAIN_PID} && kill -KILL ${MAIN_PID}`);
  match(await waitForPage(succeed), /Kept under systemd/);
  ok(await succeed(`echo ${MAIN_PID}`) !== before, "another process");
  equal(await succeed("systemctl show --property=NRestarts --value capsule"), "1\n");
  await machine.reboot();
  match(await waitForPage(succeed), /Kept under systemd/);
}

async function waitForPage(succeed: Place["succeed"]): Promise<string> {
  await succeed(
    "for try in $(seq 600); do " +
      "! bash -c '3<>/dev/tcp/127.0.0.1/80' 2>/dev/null || exit 0; sleep 0.1; done; exit 1",
  );
  return await ask(succeed, "/");
}

/**
 * The reason is told: the program's however late the journal gets round to it, and systemd's own. A wrong command line is not tried
 * again.
 */
async function failToStart({ machine, program, succeed }: Place): Promise<void> {
  const late = await machine.run(
    "pid=$(systemctl show --property=MainPID --value systemd-journald); kill -STOP $pid; " +
      "{ until systemctl is-failed --quiet capsule; do sleep 0.1; done; sleep 1; kill -CONT $pid; } & " +
      `${program} install -- --port 99999 | sh; code=$?; wait; exit $code`,
  );
  equal(late.code, 1, late.err);
  match(
    late.err,
    /--port expects a number from 1 to 65535.*\ncapsule: capsule\.service does not run/,
  );
  equal(
    await succeed("systemctl show --property=ActiveState,NRestarts,ExecMainStatus capsule | sort"),
    "ActiveState=failed\nExecMainStatus=2\nNRestarts=0\n",
  );
  const wrong = `${OWN}/wrong.conf`;
  await succeed(`printf '[Service]\\nReadWritePaths=/nowhere\\n' >${wrong}`);
  const refused = await machine.run(`${program} install -- --port 80 | sh`);
  equal(refused.code, 1, refused.err);
  match(refused.err, /\/nowhere[^]*\ncapsule: capsule\.service does not run/);
  await succeed(`rm ${wrong}`);
}

async function upgrade({ program, succeed, capsule }: Place): Promise<void> {
  const said = await succeed(`${program} install -- --port 80 | sh`);
  match(said, /^Capsule \S+ runs as capsule\.service.*\nListening on \S+:80\n/);
  ok(!said.includes("setup?code="), "a capsule that is there is not set up again");
  await succeed(
    `cd /srv/capsule && cmp capsule ${program} && ! cmp -s capsule capsule-previous`,
  );
  match(await capsule("./capsule status"), /1 post/);
  equal(await succeed("systemctl show --property=RestartUSec --value capsule"), "100ms\n");
}

/** Ended in order it leaves one file; removed, systemd knows it no more. */
async function remove({ program, succeed }: Place): Promise<void> {
  equal(
    await succeed("systemctl is-active capsule && ls -A /srv/capsule | grep wal"),
    "active\ncapsule.db-wal\n",
  );
  match(await succeed(`${program} install --uninstall | sh`), /^capsule\.service is removed\.\n/);
  equal(await succeed("ls -A /srv/capsule"), "capsule.db\n");
  equal(
    await succeed("systemctl show --property=LoadState,ActiveState capsule | sort"),
    "ActiveState=inactive\nLoadState=not-found\n",
  );
  equal(
    await succeed(
      "systemctl list-units --failed --quiet; ls -d /sys/fs/cgroup/system.slice/capsule.service 2>/dev/null || true",
    ),
    "",
  );
  equal(await succeed("find /etc/systemd -name capsule.service"), "");
}

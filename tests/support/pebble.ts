/** The real Pebble: an authority for tests of certificates, on loopback, with names that all lead there. @module */
import { makeSelfSigned } from "../../host/acme/self_signed.ts";
import { killIfAlive, makeFolder } from "./process.ts";

const PEBBLE = "pebble";
const NAMES = "pebble-challtestsrv";
const START_MS = 10_000;

/** True where the programs are installed. */
export function findPebble(): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return [PEBBLE, NAMES].every((name) =>
    folders.some((folder) => {
      try {
        return Deno.statSync(`${folder}/${name}`).isFile;
      } catch {
        return false;
      }
    })
  );
}

/** A running authority. */
export type Pebble = Readonly<
  {
    directory: string;
    /** Trusts the authority's own HTTPS, PEM. */
    caCerts: readonly string[];
    /** Where it asks for answers to challenges. */
    httpPort: number;
    /** The root of the certificates that it gives, PEM. */
    readRoot: () => Promise<string>;
    /** The certificate that signs those it gives, PEM. */
    readIntermediate: () => Promise<string>;
    /** Answers IPv4 addresses for a name; none makes the name unknown. */
    setAddresses: (name: string, addresses: readonly string[]) => Promise<void>;
  } & AsyncDisposable
>;

/** How it is started. */
export type PebbleOptions = Readonly<{
  /** Of 100 good nonces so many are refused; 5 if absent, which is its own way. */
  nonceRejects?: number;
  /** Keys by id, base64url; accounts must be bound then. */
  externalKeys?: Readonly<Record<string, string>>;
  /** Seconds that a certificate is valid. */
  lifetimeSeconds?: number;
  httpPort?: number;
}>;

/** A server of names alone; `tell` is what its management understands. */
export type Names = Readonly<
  {
    server: Readonly<{ ipAddr: string; port: number }>;
    tell: (what: string, body: unknown) => Promise<void>;
  } & AsyncDisposable
>;

/** Starts one that knows no name. */
export async function startNames(): Promise<Names> {
  const [port = 0, management = 0] = freePorts(2);
  const child = start(NAMES, [
    ...["-dns01", `127.0.0.1:${port}`, "-management", `127.0.0.1:${management}`],
    ...["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv4", "", "-defaultIPv6", ""],
  ]);
  await Promise.all([waitForPort(management), waitForPort(port)]);
  return {
    server: { ipAddr: "127.0.0.1", port },
    tell: (what, body) => tellNames(management, what, body),
    async [Symbol.asyncDispose]() {
      killIfAlive(child, "SIGKILL");
      await child.status;
    },
  };
}

async function tellNames(management: number, what: string, body: unknown): Promise<void> {
  const url = `http://127.0.0.1:${management}/${what}`;
  await (await fetch(url, { method: "POST", body: JSON.stringify(body) })).body?.cancel();
}

/** Starts it with a server of names beside it. */
export async function startPebble(options: PebbleOptions = {}): Promise<Pebble> {
  const folder = makeFolder();
  const [port, management, dns, naming] = freePorts(4);
  const httpPort = options.httpPort ?? freePorts(1)[0] ?? 0;
  const { chain, key } = await makeSelfSigned(["localhost"], Date.now());
  await Deno.writeTextFile(`${folder.path}/chain.pem`, chain);
  await Deno.writeTextFile(`${folder.path}/key.pem`, key);
  const { externalKeys, lifetimeSeconds } = options;
  const config = {
    pebble: {
      listenAddress: `127.0.0.1:${port}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: `${folder.path}/chain.pem`,
      privateKey: `${folder.path}/key.pem`,
      httpPort,
      tlsPort: 1,
      domainBlocklist: ["blocked.example"],
      externalAccountBindingRequired: externalKeys !== undefined,
      ...(externalKeys === undefined ? {} : { externalAccountMACKeys: externalKeys }),
      ...(lifetimeSeconds === undefined ? {} : { certificateValidityPeriod: lifetimeSeconds }),
    },
  };
  await Deno.writeTextFile(`${folder.path}/config.json`, JSON.stringify(config));
  const names = start(NAMES, [
    ...["-dns01", `127.0.0.1:${dns}`, "-management", `127.0.0.1:${naming}`],
    ...["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""],
  ]);
  const pebble = start(
    PEBBLE,
    ["-config", `${folder.path}/config.json`, "-dnsserver", `127.0.0.1:${dns}`],
    {
      PEBBLE_VA_NOSLEEP: "1",
      PEBBLE_AUTHZREUSE: "0",
      PEBBLE_WFE_NONCEREJECT: `${options.nonceRejects ?? 5}`,
    },
  );
  await Promise.all([port, management, naming].map((one) => waitForPort(one ?? 0)));
  const tell = (what: string, body: unknown) => tellNames(naming ?? 0, what, body);
  const caCerts = [chain];
  const readManaged = async (path: string) => {
    using client = Deno.createHttpClient({ caCerts: [...caCerts] });
    return await (await fetch(`https://localhost:${management}/${path}`, { client })).text();
  };
  return {
    directory: `https://localhost:${port}/dir`,
    caCerts,
    httpPort,
    readRoot: () => readManaged("roots/0"),
    readIntermediate: () => readManaged("intermediates/0"),
    async setAddresses(host, addresses) {
      await tell("clear-a", { host });
      if (addresses.length > 0) await tell("add-a", { host, addresses });
      else await tell("set-servfail", { host });
    },
    async [Symbol.asyncDispose]() {
      for (const child of [pebble, names]) {
        killIfAlive(child, "SIGKILL");
        await child.status;
      }
      folder[Symbol.dispose]();
    },
  };
}

/** Numbers of ports that nobody used a moment ago. */
export function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

function start(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Deno.ChildProcess {
  const command = new Deno.Command(program, {
    args: [...args],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  return command.spawn();
}

async function waitForPort(port: number): Promise<void> {
  const deadlineMs = performance.now() + START_MS;
  while (performance.now() < deadlineMs) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  throw new Error(`nobody listens on port ${port}`);
}

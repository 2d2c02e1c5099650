/** `capsule serve`: the web server. @module */
import type { BlockList } from "node:net";
import { readAddress } from "../address.ts";
import { type Command, CommandProblem, type Context, UsageProblem } from "../command.ts";
import { HTTPS_FLAGS, type HttpsPlan, nameHttps, readHttpsPlan } from "../https/options.ts";
import { makeLog } from "../log.ts";
import { serve } from "../serving.ts";
import { writeOut } from "../terminal.ts";

const PORT_DEFAULT = 8_000;
const HOST_DEFAULT = "127.0.0.1";

/** The command. */
export const command: Command = {
  name: "serve",
  summary: "Serve the capsule: its pages, feeds and the owner's side",
  usage: "serve [--address URL] [--port N] [options]",
  options: {
    address: {
      type: "string",
      value: "URL",
      text: "where readers find it (its own); with https and no --port it does HTTPS by itself",
    },
    port: {
      type: "string",
      value: "N",
      text:
        `plain HTTP on this port (${PORT_DEFAULT}), also with an https address: for a proxy in front`,
    },
    "trusted-proxy": {
      type: "string",
      value: "CIDR",
      multiple: true,
      text: "whose word on where visitors come from is believed; may be repeated",
    },
    host: {
      type: "string",
      value: "H",
      text: `the address to listen on (${HOST_DEFAULT}; "::" for every one, as HTTPS does)`,
    },
    ...HTTPS_FLAGS,
    "read-only": {
      type: "boolean",
      text: "show a database that another program writes, and write nothing",
    },
    "setup-code-hash": {
      type: "string",
      value: "HEX",
      text: "until it is set up: SHA-256 of a random code of your own for the set-up page",
    },
    "log-requests": { type: "boolean", text: "one line in the log for every request" },
    "sign-anyway": { type: "boolean", text: "publish although no follower can be asked now" },
    dev: { type: "boolean", text: "development: http and private addresses are allowed" },
  },
  details: `The first start prints a link for setting the capsule up in a browser.\n` +
    `SIGTERM or Ctrl-C ends it when the requests in progress are answered.`,
  examples: [
    "capsule",
    "capsule serve --address https://capsule.example.org",
    "capsule serve --port 8000 --address https://capsule.example.org",
    "capsule serve --read-only --data copy.db --port 8001",
  ],
  run,
};

async function run(context: Context): Promise<number> {
  const isDev = context.flag("dev");
  const given = context.text("address") ?? context.config.address;
  const address = given === undefined ? undefined : readAddress(given, isDev);
  const port = context.text("port") ?? context.config.port;
  const host = context.text("host");
  const proxies = context.texts("trusted-proxy");
  const https = readHttpsPlan(context, {
    ...{ address, port, isDev },
    host: host === undefined ? undefined : readHost(host),
  });
  const isReplica = context.flag("read-only");
  return await serve({
    dataPath: context.dataPath,
    port: readPort(port, context.text("port") === undefined ? "CAPSULE_PORT" : "--port"),
    host: readHost(host ?? HOST_DEFAULT),
    address,
    https: isReplica ? replicaHttps(https, address) : https,
    proxies: proxies.length === 0 ? undefined : await loadProxies(proxies),
    isDev,
    setupCodeHash: readCodeHash(context.text("setup-code-hash")),
    isSigningAnyway: context.flag("sign-anyway"),
    isEveryLogged: context.flag("log-requests"),
    isReplica,
    now: context.now,
    log: makeLog({ now: context.now, isTerminal: Deno.stderr.isTerminal() }),
    print: context.isJson
      ? (event) => writeOut(`${JSON.stringify(event.value)}\n`)
      : (event) => writeOut(`${event.text}\n`),
    remark: context.remark,
  });
}

/** HTTPS for a copy: under a name of its own only, and with files, because a new certificate could not be stored. */
function replicaHttps(
  plan: HttpsPlan | undefined,
  address: string | undefined,
): HttpsPlan | undefined {
  if (plan === undefined || address === undefined) return undefined;
  if (plan.files !== undefined || nameHttps(plan, address)?.isPublicName !== true) return plan;
  throw new UsageProblem(
    "--read-only has no place to keep a certificate that it gets: give --certificate FILE and --key FILE, " +
      "or --port N behind a web server that does HTTPS.",
  );
}

function readCodeHash(text: string | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9a-f]{64}$/i.test(text)) return Uint8Array.fromHex(text);
  throw new UsageProblem(
    "--setup-code-hash expects the SHA-256 of your code, 64 digits and letters a to f, " +
      `found ${text.length} characters. Make one: printf %s "$code" | sha256sum`,
  );
}

/** Loaded only where it is needed: node's networks take time and memory. */
async function loadProxies(texts: readonly string[]): Promise<BlockList> {
  const { readProxies } = await import("../forwarded.ts");
  return readProxies(texts);
}

function readPort(text: string | undefined, name: string): number {
  if (text === undefined) return PORT_DEFAULT;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UsageProblem(
    `${name} expects a number from 1 to 65535 (0 picks a free one), found "${text}".`,
  );
}

function readHost(text: string): string {
  const host = text.replace(/^\[(.*)\]$/, "$1");
  if (/^[0-9A-Za-z.:%-]+$/.test(host)) return host;
  throw new CommandProblem(
    "host_unknown",
    `--host expects an IP address of this machine, found "${text}". Use 127.0.0.1 for this machine only, or "::".`,
  );
}

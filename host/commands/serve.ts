/** `capsule serve`: the web server. @module */
import { readAddress } from "../address.ts";
import { type Command, CommandProblem, type Context, UsageProblem } from "../command.ts";
import { makeLog } from "../log.ts";
import { serve } from "../serving.ts";
import { writeOut } from "../terminal.ts";

const PORT_DEFAULT = 8_000;
const HOST_DEFAULT = "127.0.0.1";

/** The command. */
export const command: Command = {
  name: "serve",
  summary: "Serve the capsule: its pages, feeds and the owner's side",
  usage: "serve [--port N] [--host H] [--address URL] [--dev] [options]",
  options: {
    port: { type: "string", value: "N", text: `the port to listen on (${PORT_DEFAULT})` },
    host: {
      type: "string",
      value: "H",
      text: `the address to listen on (${HOST_DEFAULT}; "::" for every one)`,
    },
    address: {
      type: "string",
      value: "URL",
      text: "where readers find the capsule; published when it is a new one",
    },
    "sign-anyway": { type: "boolean", text: "publish although no follower can be asked now" },
    dev: { type: "boolean", text: "development: http and private addresses are allowed" },
  },
  details: `The first start prints a link for setting the capsule up in a browser.\n` +
    `SIGTERM or Ctrl-C ends it when the requests in progress are answered.`,
  examples: [
    "capsule",
    "capsule serve --port 8080 --address https://capsule.example.org",
  ],
  run,
};

function run(context: Context): Promise<number> {
  const isDev = context.flag("dev");
  const address = context.text("address") ?? context.config.address;
  return serve({
    dataPath: context.dataPath,
    port: readPort(context.text("port") ?? context.config.port),
    host: readHost(context.text("host") ?? HOST_DEFAULT),
    address: address === undefined ? undefined : readAddress(address, isDev),
    isDev,
    isSigningAnyway: context.flag("sign-anyway"),
    now: context.now,
    log: makeLog({ now: context.now, isTerminal: Deno.stderr.isTerminal() }),
    print: context.isJson
      ? (event) => writeOut(`${JSON.stringify(event.value)}\n`)
      : (event) => writeOut(`${event.text}\n`),
    remark: context.remark,
  });
}

function readPort(text: string | undefined): number {
  if (text === undefined) return PORT_DEFAULT;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UsageProblem(
    `--port expects a number from 1 to 65535 (0 picks a free one), found "${text}".`,
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

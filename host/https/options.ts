/** What `serve` is told about HTTPS. @module */
import { PRODUCTION_DIRECTORY, STAGING_DIRECTORY } from "../acme/directory.ts";
import type { ExternalAccount } from "../acme/jws.ts";
import type { OwnFiles } from "../certificate/own_files.ts";
import { CommandProblem, type Context, type Options, UsageProblem } from "../command.ts";
import { isLoopbackHost } from "../address.ts";

/** How HTTPS is to be served by this program itself, under whatever name. */
export type HttpsPlan = Readonly<{
  host: string;
  httpPort: number;
  httpsPort: number;
  /** The owner's own certificate; undefined: one is got. */
  files: OwnFiles | undefined;
  /** URL of the authority. */
  directory: string;
  /** True for Let's Encrypt, whose ways are known. */
  isUsualAuthority: boolean;
  /** True where browsers do not trust what the authority gives. */
  isTest: boolean;
  /** Where failures are tried out first. */
  staging: string | undefined;
  external: ExternalAccount | undefined;
  /** Certificates that the authority's own HTTPS is trusted by, PEM. */
  caCerts: readonly string[] | undefined;
}>;

/** HTTPS by this program itself. */
export type HttpsOptions =
  & HttpsPlan
  & Readonly<{
    /** The host name of the address. */
    name: string;
    /** True for one that an authority may know. */
    isPublicName: boolean;
  }>;

/** The flags. */
export const HTTPS_FLAGS: Options = {
  "http-port": { type: "string", value: "N", text: "with HTTPS: the port of plain HTTP (80)" },
  "https-port": { type: "string", value: "N", text: "with HTTPS: the port of HTTPS (443)" },
  certificate: { type: "string", value: "FILE", text: "with HTTPS: your own certificate, PEM" },
  key: { type: "string", value: "FILE", text: "with HTTPS: its private key, PEM" },
  staging: { type: "boolean", text: "with HTTPS: a certificate for trying, which nobody trusts" },
  "acme-directory": {
    type: "string",
    value: "URL",
    text: "with HTTPS: another authority than Let's Encrypt",
  },
  "acme-account": {
    type: "string",
    value: "ID",
    text: "with HTTPS: your account there, its key in CAPSULE_ACME_KEY",
  },
  "acme-ca": {
    type: "string",
    value: "FILE",
    text: "with HTTPS: whom to trust when asking that authority, PEM",
  },
};

const HOST_DEFAULT = "::";
/** As URLs spell them. */
const IP_ADDRESS = /^(?:\[|\d+(?:\.\d+){3}$)/;

/** The plan under the name of an address; undefined for an address without https. */
export function nameHttps(plan: HttpsPlan, address: string): HttpsOptions | undefined {
  const { protocol, hostname: name } = new URL(address);
  if (protocol !== "https:") return undefined;
  const isPublicName = !IP_ADDRESS.test(name) && !isLoopbackHost(name) && name.includes(".");
  return { ...plan, name, isPublicName };
}

/** Reads the flags; undefined where this program never serves HTTPS itself: with an http address, a port, or in development. */
export function readHttpsPlan(
  context: Context,
  { address, port, host, isDev }: Readonly<
    {
      address: string | undefined;
      port: string | undefined;
      host: string | undefined;
      isDev: boolean;
    }
  >,
): HttpsPlan | undefined {
  const isPlain = address?.startsWith("http:") ?? isDev;
  if (port !== undefined || isPlain) {
    const given = Object.keys(HTTPS_FLAGS).find((flag) =>
      context.text(flag) !== undefined || context.flag(flag)
    );
    if (given === undefined) return undefined;
    throw new UsageProblem(
      `--${given} is for HTTPS by this program itself: give --address https://… and no --port.`,
    );
  }
  const isStaging = context.flag("staging");
  const files = readFiles(context);
  const directory = readDirectory(context, isStaging);
  const isUsual = directory === PRODUCTION_DIRECTORY || directory === STAGING_DIRECTORY;
  const account = context.text("acme-account");
  return {
    host: host ?? HOST_DEFAULT,
    httpPort: readPort(context, "http-port", 80),
    httpsPort: readPort(context, "https-port", 443),
    files,
    directory,
    isUsualAuthority: isUsual,
    isTest: directory === STAGING_DIRECTORY,
    staging: directory === PRODUCTION_DIRECTORY ? STAGING_DIRECTORY : undefined,
    external: account === undefined ? undefined : readAccount(account, context.config.acmeKey),
    caCerts: readAuthority(context.text("acme-ca")),
  };
}

function readFiles(context: Context): OwnFiles | undefined {
  const certificate = context.text("certificate");
  const key = context.text("key");
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  throw new UsageProblem("--certificate and --key belong together: give both.");
}

function readDirectory(context: Context, isStaging: boolean): string {
  const text = context.text("acme-directory");
  if (text === undefined) return isStaging ? STAGING_DIRECTORY : PRODUCTION_DIRECTORY;
  if (isStaging) throw new UsageProblem("--staging and --acme-directory exclude each other.");
  const url = URL.parse(text);
  if (url?.protocol === "https:" && url.username === "") return url.href;
  throw new UsageProblem(`--acme-directory expects an https address, found "${text}".`);
}

function readAccount(id: string, key: string | undefined): ExternalAccount {
  if (key !== undefined && /^[\w-]{16,}=*$/.test(key)) return { id, key };
  throw new UsageProblem(
    "--acme-account expects the account's key in the environment, in CAPSULE_ACME_KEY, as the authority shows it.",
  );
}

function readAuthority(path: string | undefined): readonly string[] | undefined {
  if (path === undefined) return undefined;
  try {
    return [Deno.readTextFileSync(path)];
  } catch {
    throw new CommandProblem(
      "certificate_unreadable",
      `Cannot read ${path} (--acme-ca): expected a file in PEM form, in the folder in which the program is started.`,
    );
  }
}

function readPort(context: Context, flag: string, usual: number): number {
  const text = context.text(flag);
  if (text === undefined) return usual;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UsageProblem(
    `--${flag} expects a number from 1 to 65535 (0 picks a free one), found "${text}".`,
  );
}

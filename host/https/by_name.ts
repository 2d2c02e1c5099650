/** HTTPS under the capsule's name: the one that was given, or the one that its owner types while it runs. @module */
import { findOwnCapsule } from "../../storage/capsules.ts";
import { CommandProblem } from "../command.ts";
import { type Door, type DoorOptions, type DoorParts, makeLocalUrl } from "../door.ts";
import type { Handler } from "../../routes/page_cache.ts";
import type { PrintedEvent } from "../setup_link.ts";
import { type HttpsOptions, type HttpsPlan, nameHttps } from "./options.ts";
import type { Ports } from "./ports.ts";

/** What else it needs. */
export type ByNameParts = Readonly<{
  plan: HttpsPlan;
  handler: Handler;
  /** Plain HTTP for this machine, while there is no name. */
  openPlain: () => Promise<Door>;
}>;

/** How often it is looked whether the capsule has another address now. */
const LOOK_MS = 1_000;
/** How often ports that could not be opened are tried again. */
const AGAIN_MS = 10_000;

/**
 * Opens ports 80 and 443 for the given address, and throws CommandProblem where that does not work. Without one it takes the capsule's
 * own, now or when it gets one; where that does not work it is served to this machine, and tried again.
 */
export async function openByName(
  options: DoorOptions,
  parts: DoorParts,
  by: ByNameParts,
): Promise<Door> {
  const named = new NamedPorts(options, parts, by);
  const { address } = options;
  const given = address === undefined ? undefined : nameHttps(by.plan, address);
  if (given !== undefined) await named.open(given);
  else await named.look();
  const { ports, https, problem } = named;
  if (ports === undefined || https === undefined) {
    const plain = await by.openPlain();
    const isNew = findOwnCapsule(parts.deps.db) === undefined;
    const hint = isNew && plain.remark === undefined ? describeWays(plain.port) : plain.remark;
    return {
      ...plain,
      remark: problem === "" ? hint : `${problem}\nUntil then only this machine can open it.`,
      standing: () => named.standing(given !== undefined),
      begin: () => named.begin(given === undefined),
      stop: async () => void await Promise.all([named.stop(), plain.stop()]),
    };
  }
  const fingerprint = ports.fingerprint();
  return {
    port: ports.httpPort,
    localUrl: makeLocalUrl({ host: ports.host, port: ports.httpPort }),
    event: describePorts(parts.deps.origin(), ports),
    remark: fingerprint === undefined ? undefined : describeFingerprint(https, fingerprint),
    standing: () => named.standing(given !== undefined),
    begin: () => named.begin(given === undefined),
    stop: () => named.stop(),
  };
}

/** The ports of today's name. */
class NamedPorts {
  ports: Ports | undefined;
  https: HttpsOptions | undefined;
  /** Why they are not open; "" for no reason. */
  problem = "";
  readonly #options: DoorOptions;
  readonly #parts: DoorParts;
  readonly #by: ByNameParts;
  #isBegun = false;
  #notBeforeMs = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #looking: Promise<void> | undefined;

  constructor(options: DoorOptions, parts: DoorParts, by: ByNameParts) {
    this.#options = options;
    this.#parts = parts;
    this.#by = by;
  }

  standing(isGiven: boolean): ReturnType<Door["standing"]> {
    return { https: this.https, problem: this.problem, isGiven };
  }

  /** Opens them. Throws CommandProblem. */
  async open(https: HttpsOptions): Promise<void> {
    // Loaded only where it is needed: a server behind a proxy keeps its memory.
    const { openPorts } = await import("./ports.ts");
    const { handler } = this.#by;
    const { deps, isReadOnly } = this.#parts;
    const { log } = this.#options;
    this.https = https;
    this.ports = await openPorts({ https, db: deps.db, isReadOnly, handler, deps, log });
    this.problem = "";
    if (this.#isBegun) this.ports.keep();
  }

  /** Opens what the capsule's address of now asks for; a port that cannot be had is a problem to be told, and no more. */
  async look(): Promise<void> {
    const { deps: { db, now } } = this.#parts;
    const address = findOwnCapsule(db)?.address ?? null;
    const https = address === null ? undefined : nameHttps(this.#by.plan, address);
    if (https?.name === this.https?.name) {
      if (https === undefined || this.ports !== undefined || now() < this.#notBeforeMs) return;
    }
    await this.ports?.stop();
    this.ports = undefined;
    this.https = https;
    if (https === undefined) return;
    try {
      await this.open(https);
      this.#tell(https);
    } catch (error) {
      if (!(error instanceof CommandProblem)) throw error;
      this.#notBeforeMs = now() + AGAIN_MS;
      this.#complain(error.message);
    }
  }

  begin(isLooking: boolean): void {
    this.#isBegun = true;
    this.ports?.keep();
    if (!isLooking || this.#parts.isReadOnly) return;
    this.#timer = setInterval(() => {
      this.#looking ??= this.look().catch((error) => {
        this.#notBeforeMs = this.#parts.deps.now() + AGAIN_MS;
        this.#options.log({ level: "error", message: "HTTPS cannot be opened.", error });
      }).finally(() => {
        this.#looking = undefined;
      });
    }, LOOK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.ports?.stop();
  }

  /** At the start the program tells it itself. */
  #tell(https: HttpsOptions): void {
    if (!this.#isBegun || this.ports === undefined) return;
    const fingerprint = this.ports.fingerprint();
    this.#options.log({
      level: "info",
      message: describePorts(`https://${https.name}`, this.ports).text,
      ...(fingerprint === undefined ? {} : { fields: { fingerprint } }),
    });
  }

  #complain(sentence: string): void {
    const before = this.problem;
    this.problem = sentence;
    if (!this.#isBegun || before === sentence) return;
    this.#options.log({ level: "warning", message: `No HTTPS yet: ${sentence}` });
  }
}

/** For whoever started it on a server, where no browser is. */
function describeWays(port: number): string {
  return "Open the link in a browser on this machine; nobody else can.\n" +
    "Is this a server? If it has a name, end this (Ctrl-C) and start it again with\n" +
    "  --address https://capsule.example.org\n" +
    "and if it has none, type this on your own computer and open the link there:\n" +
    `  ssh -L ${port}:localhost:${port} your-server`;
}

function describePorts(origin: string, { httpPort, httpsPort, fingerprint }: Ports): PrintedEvent {
  const print = fingerprint();
  return {
    text: `Listening on ${origin} (ports ${httpPort} and ${httpsPort})`,
    value: { listening: origin, httpPort, httpsPort, ...(print && { fingerprint: print }) },
  };
}

function describeFingerprint(
  { isPublicName, files }: HttpsOptions,
  fingerprint: string,
): string {
  const opening = files === undefined && isPublicName
    ? "The certificate is being fetched, which takes some seconds; until it is there"
    : "No authority gave the certificate:";
  return `${opening}\nbrowsers warn. Go on only if the SHA-256 fingerprint that yours shows is this\n` +
    `one (capitals and colons do not matter):\n${wrapFingerprint(fingerprint)}`;
}

/** In two halves, each short enough for the narrowest terminal and for comparing. */
function wrapFingerprint(fingerprint: string): string {
  const half = 16 * 3;
  return `  ${fingerprint.slice(0, half)}\n  ${fingerprint.slice(half)}`;
}

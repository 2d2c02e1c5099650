/** The whole web application, as a table of contents. @module */
import { Hono, type MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import type { Mesh } from "../mesh/mesh.ts";
import type { Backup } from "../storage/backups.ts";
import type { Database } from "../storage/database.ts";
import type { Session } from "../storage/sessions.ts";
import type { CertificateFacts } from "../views/certificate_page.ts";
import type { Finding } from "../views/findings.ts";
import { aboutRoutes } from "./about.ts";
import { answerAlias } from "./aliases.ts";
import { archiveRoutes } from "./archive.ts";
import { articleRoutes } from "./articles.ts";
import { assetRoutes } from "./assets.ts";
import { discoveryRoutes } from "./discovery.ts";
import {
  answerElsewhere,
  answerError,
  answerMethod,
  answerNotFound,
  answerNotSetUp,
  makeMethodFinder,
} from "./errors.ts";
import { feedRoutes } from "./feeds.ts";
import { checkOrigin, findViewer, isStrangersForm, limitBody, limitUrl } from "./guards.ts";
import { readerHeaders } from "./headers.ts";
import { homeRoutes } from "./home.ts";
import { meshRoutes } from "./mesh.ts";
import type { Meter } from "./meter.ts";
import { metricsRoutes } from "./metrics.ts";
import { findMirrorSubject, MIRROR_PATH, mirrorRoutes } from "./mirrors.ts";
import { postRoutes } from "./posts.ts";
import { isOwnersPath } from "./plain_http.ts";
import { removedRoutes } from "./removed.ts";
import { searchRoutes } from "./search.ts";
import type { Subject } from "./site.ts";
import { limitStrangersForms } from "./strangers_forms.ts";
import { tagRoutes } from "./tags.ts";
import { upRoutes } from "./up.ts";

/** One line for the log: what happened, and what a person needs to look into it. */
export type LogLine = Readonly<{
  level: "info" | "warning" | "error";
  /** A sentence without the values. */
  message: string;
  requestId?: string;
  error?: unknown;
  /** Anything else, by name. */
  fields?: Readonly<Record<string, string | number | boolean>>;
}>;

/**
 * Why nothing is written: the file is another program's to write, and nobody signs in here; its pages are damaged; the disk is full; or
 * this program has no right to write.
 */
export type ReadOnly = "replica" | "damaged" | "full" | "unwritable";

/** What routes need, and nothing that a test could not give. */
export type Deps = Readonly<{
  db: Database;
  /** Unix milliseconds. */
  now: () => number;
  log: (line: LogLine) => void;
  /** True allows http and private addresses. */
  isDev: boolean;
  /** The public origin, without a slash at its end. */
  origin: () => string;
  /** A random number of this start. */
  startId: string;
  /** The program's version, for `/up`. */
  version?: string;
  /**
   * For the owner's own acts that ask another capsule, such as following it: on this connection, and the one way out.
   * Absent where nothing may be asked (tests, a database that is read only): then the forms say so.
   */
  mesh?: Mesh;
  /** The certificate, where this program serves HTTPS itself. */
  certificate?: CertificateDesk;
  /** Why nothing is written here; absent where everything can be. */
  readOnly?: ReadOnly;
  /** Files of nightly backups; absent where none are made. */
  backups?: BackupDesk;
  /** Counts requests; absent where nobody counts. */
  meter?: Meter;
  /** How everything is; absent where nobody looks (tests, a database that is read only). */
  health?: HealthDesk;
}>;

/** What the owner is told of how the capsule is doing. */
export type HealthDesk = Readonly<{
  /** What can be seen on this machine, asking nobody. */
  lookHere: () => Promise<readonly Finding[]>;
  /** Looks from outside, for some seconds; `outside` has it then. */
  lookOutside: () => Promise<void>;
  /** What the newest look from outside showed, and when; undefined before the first. */
  outside: () => Readonly<{ findings: readonly Finding[]; atMs: number }> | undefined;
}>;

/** What the owner's browser can have of backups. */
export type BackupDesk = Readonly<{
  /** Opens a backup's file; undefined when it is not there. Whoever gets the stream reads or cancels it. */
  open: (
    backup: Backup,
  ) => Promise<
    Readonly<{ name: string; bytes: number; stream: ReadableStream<Uint8Array> }> | undefined
  >;
}>;

/** What the owner sees of the certificate, and the one thing that can be asked for. */
export type CertificateDesk = Readonly<{
  facts: () => CertificateFacts;
  /** True while an https address that is typed opens HTTPS. */
  canName: () => boolean;
  /** Has it tried now; 0, or the milliseconds until it may be asked for again. */
  tryNow: () => number;
}>;

/** What middleware sets for handlers. */
export type Env = {
  Variables: {
    viewer: "owner" | "visitor";
    requestId: string;
    /** Set by `studioHeaders` for pages with scripts. */
    nonce?: string;
    session?: Session;
    /** Whose pages are asked for, where it is not the owner; see routes/site.ts. */
    subject?: Subject;
  };
};

/** An author's pages: the owner's at the root, those of each mirror below its base. */
function readingRoutes(deps: Deps): Hono<Env> {
  const reading = new Hono<Env>();
  reading.route("/", homeRoutes(deps));
  reading.route("/p", postRoutes(deps));
  reading.route("/a", articleRoutes(deps));
  reading.route("/", feedRoutes(deps));
  reading.route("/tags", tagRoutes(deps));
  reading.route("/archive", archiveRoutes(deps));
  reading.route("/search", searchRoutes(deps));
  reading.route("/about", aboutRoutes(deps));
  return reading;
}

/** Hands what is for the owner's side to it, whole: half of the program, with guards and answers for errors of its own. */
function passToOwnersSide(deps: Deps): MiddlewareHandler<Env> {
  let loading: Promise<Hono<Env>> | undefined;
  const load = async () => (await import("./owners_side.ts")).createOwnersSide(deps);
  return createMiddleware<Env>(async function passToOwnersSide(c, next) {
    if (!isOwnersPath(c.req.path)) return await next();
    const side = await (loading ??= load());
    return await side.fetch(c.req.raw, c.env);
  });
}

/** An application that has what stands before every route. */
export function guardedApp(deps: Deps, ...first: readonly MiddlewareHandler<Env>[]): Hono<Env> {
  const app = new Hono<Env>();
  for (const handler of first) app.use(handler);

  // Headers come first, so that refusals carry them too; the viewer before anything that shows a page.
  app.use(readerHeaders());
  app.use(findViewer(deps));
  app.use(limitUrl(deps));
  app.use(checkOrigin(deps));
  app.use(limitBody(deps));
  app.use(limitStrangersForms(deps, isStrangersForm));
  app.use(async function needSetUp(c, next) {
    return answerNotSetUp(c, deps) ?? await next();
  });
  return app;
}

/** Adds what comes after every route: answers for paths without one, and for errors. */
export function endApp(app: Hono<Env>, deps: Deps): Hono<Env> {
  // An old path may be anything, so it is asked for after every path of today.
  const findMethods = makeMethodFinder(app);
  app.notFound((c) =>
    answerMethod(c, deps, findMethods) ?? answerAlias(c, deps) ?? answerNotFound(c, deps)
  );
  app.onError((error, c) => answerError(error, c, deps));
  return app;
}

/** Builds the application over the given database, clock and log. */
export function createApp(deps: Deps): Hono<Env> {
  const isReplica = deps.readOnly === "replica";
  const app = isReplica ? guardedApp(deps) : guardedApp(deps, passToOwnersSide(deps));
  if (isReplica) {
    app.use(async function leadToOwnersSide(c, next) {
      return isOwnersPath(c.req.path) ? answerElsewhere(c, deps) : await next();
    });
  }

  // Reading.
  app.route("/", readingRoutes(deps));
  app.use(`${MIRROR_PATH}*`, findMirrorSubject(deps));
  app.route(MIRROR_PATH, readingRoutes(deps));
  app.route("/", mirrorRoutes(deps));
  app.route("/removed", removedRoutes(deps));

  // Programs.
  app.route("/", meshRoutes(deps));
  app.route("/", discoveryRoutes(deps));
  app.route("/assets", assetRoutes(deps));
  app.route("/up", upRoutes(deps));
  app.route("/metrics", metricsRoutes(deps));
  return endApp(app, deps);
}

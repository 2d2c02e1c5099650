/** Whose pages a request asks for, and what every one of them shows of that capsule. @module */
import type { Context } from "hono";
import { hasWantedBlobs, listAbsentBlobs } from "../storage/absent_blobs.ts";
import { type Capsule, findOwnCapsule, type OwnCapsule } from "../storage/capsules.ts";
import { findDamage } from "../storage/damage.ts";
import { countPieces } from "../storage/counts.ts";
import type { Database } from "../storage/database.ts";
import { listPages, type Picture, type Piece } from "../storage/pieces.ts";
import { findProfile, type Profile } from "../storage/profiles.ts";
import { DEFAULT_SETTINGS, findSettings, type Settings } from "../storage/settings.ts";
import { styleUrl } from "../views/assets.ts";
import type { Site } from "../views/layout.ts";
import type { MirrorFacts } from "../views/mirror_banner.ts";
import { pieceUrl } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { readMark } from "./change_mark.ts";

type Viewer = Env["Variables"]["viewer"];

/** Whose pages are shown: the owner's, or those of a mirror. */
export type Subject = Readonly<{
  capsule: Capsule;
  profile: Profile;
  /** What stands before its paths: "" or "/~<capsule id>". */
  base: string;
  /** Its own pages, as far as the navigation has room. */
  pages: Site["pages"];
  /** What is known of the copy; undefined for the owner's. */
  mirror: MirrorFacts | undefined;
  /** False when every picture is here. */
  mayMiss: boolean;
}>;

/** What was read at one state of the database. */
type Snapshot = Readonly<{
  mark: string;
  own: Subject | undefined;
  settings: Settings;
  damage: string | undefined;
}>;

/** Own pages in the navigation at most; all of them are at /about and in the sitemap. */
const PAGES_SHOWN_MAX = 6;
const NOBODY: Profile = { name: "", line: "", about: "", language: "en", links: [] };
const NOTHING: ReadonlySet<string> = new Set();

const snapshots = new WeakMap<Database, Snapshot>();

/** The owner's capsule as pages show it to this viewer; nameless before set-up. */
export function readSite(deps: Deps, viewer: Viewer): Site {
  const { own, settings, damage } = readSnapshot(deps.db);
  if (own !== undefined) return makeSite(deps, viewer, own, []);
  const { timeZone, accent } = settings;
  return { ...makeNamelessSite(deps), timeZone, accent, damage, styleUrl: styleUrl(accent) };
}

/** Whose pages this request asks for. */
export function needSubject(deps: Pick<Deps, "db">, c: Context<Env>): Subject {
  const subject = c.get("subject") ?? readSnapshot(deps.db).own;
  if (subject === undefined) {
    throw new Error("Cannot answer: expected a capsule, found none set up");
  }
  return subject;
}

/** What the page of this request shows of its capsule; `pieces` are those on the page. */
export function readPageSite(deps: Deps, c: Context<Env>, pieces: readonly Piece[] = []): Site {
  return makeSite(deps, c.get("viewer"), needSubject(deps, c), pieces);
}

/** What pages about a subject show of it to this viewer. */
export function makeSite(
  deps: Deps,
  viewer: Viewer,
  subject: Subject,
  pieces: readonly Piece[],
): Site {
  const { settings, damage } = readSnapshot(deps.db);
  const { profile, base, pages, mirror } = subject;
  const address = deps.origin();
  const isOwner = viewer === "owner";
  return {
    name: profile.name,
    line: profile.line,
    address,
    base,
    origin: mirror === undefined ? address : mirror.origin,
    language: profile.language,
    timeZone: settings.timeZone,
    accent: settings.accent,
    picture: profile.picture,
    links: profile.links,
    pages,
    damage: deps.db.damage ?? damage,
    unwritten: deps.readOnly === "full" || deps.readOnly === "unwritable"
      ? deps.readOnly
      : undefined,
    isOwner,
    isAuthor: isOwner && mirror === undefined,
    missing: subject.mayMiss ? findMissing(deps, profile, pieces) : NOTHING,
    mirror,
    styleUrl: styleUrl(settings.accent),
    version: deps.version ?? "unknown",
  };
}

/** Which pictures of a page are not here. */
function findMissing(
  { db }: Deps,
  { picture }: Profile,
  pieces: readonly Piece[],
): ReadonlySet<string> {
  const pictures: (Picture | undefined)[] = [
    picture,
    ...pieces.flatMap(({ cover, pictures }) => [cover, ...pictures]),
  ];
  const hashes = new Set(pictures.flatMap((one) => (one === undefined ? [] : [one.hash])));
  return new Set(listAbsentBlobs(db, [...hashes]));
}

/** The site without a look at the database: for the page that says that the database cannot be read. */
export function makeNamelessSite(deps: Deps): Site {
  return {
    ...NOBODY,
    address: deps.origin(),
    base: "",
    origin: deps.origin(),
    timeZone: DEFAULT_SETTINGS.timeZone,
    accent: DEFAULT_SETTINGS.accent,
    picture: undefined,
    pages: [],
    damage: undefined,
    isOwner: false,
    isAuthor: false,
    missing: NOTHING,
    mirror: undefined,
    styleUrl: styleUrl(DEFAULT_SETTINGS.accent),
    version: deps.version ?? "unknown",
  };
}

/** The owner's capsule; undefined before set-up. */
export function readOwnCapsule({ db }: Pick<Deps, "db">): OwnCapsule | undefined {
  return readSnapshot(db).own?.capsule;
}

/** The owner's capsule, where routes answer only after set-up. */
export function needOwnCapsule(deps: Pick<Deps, "db">): OwnCapsule {
  const own = readOwnCapsule(deps);
  if (own === undefined) throw new Error("Cannot answer: expected a capsule, found none set up");
  return own;
}

/** The owner's settings. */
export function readSettings({ db }: Pick<Deps, "db">): Settings {
  return readSnapshot(db).settings;
}

/** A capsule as the subject of pages below `base`. */
export function readSubject(
  db: Database,
  capsule: Capsule,
  { base, mirror }: Pick<Subject, "base" | "mirror">,
): Subject {
  // The counter costs a tenth of the list, which is empty for most.
  const hasPages = countPieces(db, capsule.log, "page") > 0;
  const pages = hasPages ? listPages(db, capsule.log) : [];
  return {
    capsule,
    profile: findProfile(db, capsule.log),
    base,
    pages: pages.slice(0, PAGES_SHOWN_MAX).map((page) => ({
      title: page.title,
      url: pieceUrl(page, base),
    })),
    mirror,
    mayMiss: hasWantedBlobs(db, capsule.log),
  };
}

function readSnapshot(db: Database): Snapshot {
  const mark = readMark(db);
  const known = snapshots.get(db);
  if (known?.mark === mark) return known;
  const capsule = findOwnCapsule(db);
  const made = {
    mark,
    own: capsule && readSubject(db, capsule, { base: "", mirror: undefined }),
    settings: findSettings(db),
    damage: findDamage(db),
  };
  snapshots.set(db, made);
  return made;
}

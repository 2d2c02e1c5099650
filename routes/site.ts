/** What every page shows of the capsule, read once for each state of the database. @module */
import { findOwnCapsule, type OwnCapsule } from "../storage/capsules.ts";
import { findDamage } from "../storage/damage.ts";
import { countPieces } from "../storage/counts.ts";
import type { Database } from "../storage/database.ts";
import { listPages } from "../storage/pieces.ts";
import { findProfile, type Profile } from "../storage/profiles.ts";
import { DEFAULT_SETTINGS, findSettings, type Settings } from "../storage/settings.ts";
import { styleUrl } from "../views/assets.ts";
import type { Site } from "../views/layout.ts";
import { pieceUrl } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { readMark } from "./change_mark.ts";

type Viewer = Env["Variables"]["viewer"];

/** What was read at one state of the database. */
type Snapshot = Readonly<{
  mark: string;
  own: OwnCapsule | undefined;
  profile: Profile;
  settings: Settings;
  pages: Site["pages"];
  damage: string | undefined;
}>;

/** Own pages in the navigation at most; all of them are at /about and in the sitemap. */
const PAGES_SHOWN_MAX = 6;
const NOBODY: Profile = { name: "", line: "", about: "", language: "en", links: [] };

const snapshots = new WeakMap<Database, Snapshot>();

/** The capsule as pages show it to this viewer; nameless before set-up. */
export function readSite(deps: Deps, viewer: Viewer): Site {
  const { profile, settings, pages, damage } = readSnapshot(deps.db);
  return {
    name: profile.name,
    line: profile.line,
    address: deps.origin(),
    language: profile.language,
    timeZone: settings.timeZone,
    accent: settings.accent,
    picture: profile.picture,
    links: profile.links,
    pages,
    damage: deps.db.damage ?? damage,
    isOwner: viewer === "owner",
    styleUrl: styleUrl(settings.accent),
    version: deps.version ?? "unknown",
  };
}

/** The site without a look at the database: for the page that says that the database cannot be read. */
export function makeNamelessSite(deps: Deps): Site {
  return {
    ...NOBODY,
    address: deps.origin(),
    timeZone: DEFAULT_SETTINGS.timeZone,
    accent: DEFAULT_SETTINGS.accent,
    picture: undefined,
    pages: [],
    damage: undefined,
    isOwner: false,
    styleUrl: styleUrl(DEFAULT_SETTINGS.accent),
    version: deps.version ?? "unknown",
  };
}

/** The owner's capsule; undefined before set-up. */
export function readOwnCapsule({ db }: Pick<Deps, "db">): OwnCapsule | undefined {
  return readSnapshot(db).own;
}

/** The owner's capsule, where routes answer only after set-up. */
export function needOwnCapsule(deps: Pick<Deps, "db">): OwnCapsule {
  const own = readOwnCapsule(deps);
  if (own === undefined) throw new Error("Cannot answer: expected a capsule, found none set up");
  return own;
}

/** The owner's profile. */
export function readProfile({ db }: Pick<Deps, "db">): Profile {
  return readSnapshot(db).profile;
}

/** The owner's settings. */
export function readSettings({ db }: Pick<Deps, "db">): Settings {
  return readSnapshot(db).settings;
}

function readSnapshot(db: Database): Snapshot {
  const mark = readMark(db);
  const known = snapshots.get(db);
  if (known?.mark === mark) return known;
  const own = findOwnCapsule(db);
  // The counter costs a tenth of the list, which is empty for most.
  const hasPages = own !== undefined && countPieces(db, own.log, "page") > 0;
  const pages = hasPages ? listPages(db, own.log) : [];
  const made = {
    mark,
    own,
    profile: own === undefined ? NOBODY : findProfile(db, own.log),
    settings: findSettings(db),
    pages: pages.slice(0, PAGES_SHOWN_MAX).map((page) => ({
      title: page.title,
      url: pieceUrl(page),
    })),
    damage: findDamage(db),
  };
  snapshots.set(db, made);
  return made;
}

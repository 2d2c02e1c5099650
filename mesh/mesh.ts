/** What the mesh side works with, and how its parts take turns (docs/architecture.md, two rooms). @module */
import type { Database } from "../storage/database.ts";
import type { Ask } from "./fetch.ts";
import type { Picture } from "./protocol/content.ts";

/** What the header of a picture's bytes says; undefined for what is no picture that browsers show. */
export type Sniff = (bytes: Uint8Array) => Pick<Picture, "type" | "width" | "height"> | undefined;

/** Foreign HTML made safe: nothing in it runs or is fetched by itself, relative links begin at `base`; and its plain text. */
export type CleanHtml = (
  html: string,
  base: string,
) => Promise<Readonly<{ html: string; text: string }>>;

/** One line for the log. The mesh never writes it: whoever made the `Mesh` does. */
export type MeshLine = Readonly<{
  level: "info" | "warning" | "error";
  /** A plain sentence. */
  message: string;
  /** What it is about; shown beside the sentence. */
  fields?: Readonly<Record<string, string | number | boolean>>;
  /** What was thrown, if anything was. */
  error?: unknown;
}>;

/** Everything that the mesh takes from outside. */
export type Mesh = Readonly<{
  /** A connection of this thread that may write. */
  db: Database;
  /** Unix milliseconds. */
  now: () => number;
  /** From 0, below 1. */
  random: () => number;
  /** The one way out. */
  ask: Ask;
  /** Decides from the bytes what a picture is; handed in, because the readers of picture files live in content/. */
  sniff: Sniff;
  /** Makes the HTML of ordinary feeds safe; handed in for the same reason (`cleanFeedHtml` of content/feed_html.ts). */
  cleanHtml: CleanHtml;
  /** Where lines for the log go. */
  log: (line: MeshLine) => void;
  /** True where http and private addresses are allowed. */
  isDev: boolean;
  /** Random number of this start, as `/up` and the well-known page answer it. */
  startId: string;
  /** Where this server is reached, when known: an origin without a slash at its end. */
  ownOrigin: () => string | undefined;
  /** Told of each pull of a mirror that ended, however; absent where nobody counts. */
  onPull?: () => void;
}>;

/**
 * One kind of work of the mesh: does what is due now, bounded, and answers in how many milliseconds it wants to be called
 * again at the latest. It is called earlier when anything was committed. When `signal` fires it ends soon.
 */
export type Round = (mesh: Mesh, signal: AbortSignal) => Promise<number>;

/** A part of the mesh, as the loop runs it. */
export type Part = Readonly<{
  /** For the log. */
  name: string;
  round: Round;
  /** Waits for work that goes on between rounds; absent where there is none. It ends soon after the round's signal fired. */
  settle?: () => Promise<void>;
}>;

/** Everybody followed, with how their copies are: those that need the owner first. @module */
import type { Mirror } from "../storage/mirrors.ts";
import type { Picture } from "../storage/pieces.ts";
import { countOf, describeBytes } from "./ages.ts";
import { type Content, html, type Markup } from "./html.ts";
import { Icon } from "./icons.ts";
import {
  describeCompleteness,
  describeFreshness,
  describeMirror,
  type MirrorWords,
} from "./mirror_states.ts";
import { type Paging, PagingLinks } from "./paging.ts";
import { Face } from "./studio_faces.ts";
import type { Frame } from "./studio.ts";
import { EmptyState, PeoplePage } from "./studio_people.ts";
import { type Problems, ProblemSummary } from "./studio_fields.ts";
import { isoTime } from "./time.ts";

/** How followers hold the owner's work, in numbers. */
export type HoldingsLine = Readonly<{
  followers: number;
  all: number;
  some: number;
  none: number;
  unknown: number;
  /** Own pictures that no follower is known to have. */
  picturesNowhereElse: number;
}>;

/** What all mirrors are together. */
export type MeshTotals = Readonly<{
  mirrors: number;
  /** How many of them wait for the owner. */
  troubles: number;
  entries: number;
  contentBytes: number;
  blobBytes: number;
}>;

type Props = Readonly<{
  frame: Frame;
  nowMs: number;
  /** One page of them, in order. */
  mirrors: readonly Mirror[];
  /** The portraits that are here, by log. */
  portraits: ReadonlyMap<number, Picture>;
  totals: MeshTotals;
  holdings: HoldingsLine;
  /** Ordinary feeds that are followed. */
  feeds: readonly FeedRow[];
  /** What was typed into the search. */
  query: string;
  paging: Paging;
  isFirst: boolean;
  hasSetAside: boolean;
  done?: string | undefined;
  problems?: Problems | undefined;
}>;

/** An ordinary feed and how it is. */
export type FeedRow = Readonly<{
  id: number;
  title: string;
  url: string;
  sentence: string;
  isTrouble: boolean;
}>;

/** From how many mirrors on a search is worth its room. */
const SEARCH_FROM = 12;

/** The page at `/studio/mesh`. */
export function MeshPage(props: Props): Markup {
  const { frame, mirrors, totals, query, paging, isFirst, done, problems } = props;
  const nobody = props.feeds.length === 0 ? "nobody" : "no capsule";
  const list = mirrors.length === 0 && query !== ""
    ? html`<p class="empty">Nobody you follow is called that.</p>`
    : html`
      <ul class="lines bare">${mirrors.map((mirror) => MirrorLine({ ...props, mirror }))}</ul>
    `;
  return PeoplePage({
    frame,
    title: "Following",
    path: "/studio/mesh",
    done,
    children: html`
      <div>
        <h1>Following</h1>
        ${ProblemSummary({ problems })} ${isFirst && Summary(props)} ${totals.mirrors === 0
          ? EmptyState({
            children:
              `You follow ${nobody} yet. Following keeps a verified copy of all they publish.`,
            action: { url: "/studio/follow", verb: "Follow somebody" },
          })
          : html`
            <section class="mirrors">
              <h2>
                ${countOf(totals.mirrors, "capsule")} <span class="count">${Sizes(totals)}</span>
              </h2>
              ${(totals.mirrors >= SEARCH_FROM || query !== "") && Search({ query })} ${list}
              ${PagingLinks(paging)}
            </section>
          `} ${isFirst && query === "" && [Feeds(props), KeptOut()]}
      </div>
    `,
  });
}

function Sizes({ entries, contentBytes, blobBytes }: MeshTotals): string {
  return `${countOf(entries, "entry", "entries")}, ${describeBytes(contentBytes + blobBytes)}`;
}

/** The number that an author wants to know: how many others hold their work. */
function Summary({ holdings, hasSetAside, totals }: Props): Markup {
  const { followers, all, some, none, unknown, picturesNowhereElse } = holdings;
  const isSilent = followers > 0 && unknown === followers;
  const parts = isSilent ? ["what they hold is not known yet"] : [
    all > 0 && `${all.toLocaleString("en")} ${all === 1 ? "holds" : "hold"} all of your work`,
    some > 0 && `${some.toLocaleString("en")} a part`,
    none > 0 && `${none.toLocaleString("en")} nothing yet`,
    unknown > 0 && `${unknown.toLocaleString("en")} did not say yet`,
  ].filter((part) => part !== false);
  // Where nobody follows, that is said of all of it.
  const pictures = followers > 0 && picturesNowhereElse > 0 && html`
    <a href="/studio/followers#pictures">
      ${countOf(picturesNowhereElse, "picture")} of yours ${picturesNowhereElse === 1
        ? "exists"
        : "exist"} nowhere else.
    </a>
  `;
  const aside = hasSetAside && html`
    <a href="/studio/mesh/set-aside">Something is set aside.</a>
  `;
  const waiting = totals.troubles > 0 && html`
    <strong>${countOf(totals.troubles, "copy waits", "copies wait")} for you.</strong>
  `;
  return html`
    <p class="mesh-summary">
      <a href="/studio/followers">${followers === 0
        ? "Nobody follows"
        : countOf(followers, "capsule follows", "capsules follow")} you</a>${followers === 0 &&
        ": your work is here alone, so keep a backup"}${parts.length > 0 &&
        `: ${parts.join(", ")}`}. ${pictures} ${aside} ${waiting}
    </p>
  `;
}

function Search({ query }: { query: string }): Markup {
  return html`
    <form class="search" method="get" action="/studio/mesh" role="search">
      <label for="field-q">Find by name or address</label>
      <div class="search-row">
        <input id="field-q" type="search" name="q" value=${query} maxlength="200" />
        <button type="submit">Find</button>
      </div>
    </form>
  `;
}

function MirrorLine({ frame, nowMs, mirror, portraits }: Props & { mirror: Mirror }): Markup {
  const words = describeMirror(mirror, frame.site);
  const host = mirror.address === null ? "" : URL.parse(mirror.address)?.host ?? "";
  const seen = html`
    <time datetime=${mirror.seenAtMs === undefined ? undefined : isoTime(mirror.seenAtMs)}>
      ${describeFreshness(mirror, nowMs)}
    </time>
  `;
  const facts: Content[] = [
    host,
    mirror.size > 0 && describeCompleteness(mirror),
    mirror.blobs > 0 && `${countOf(mirror.blobs, "picture")}, ${describeBytes(mirror.blobBytes)}`,
    mirror.seenAtMs === undefined ? describeFreshness(mirror, nowMs) : seen,
    mirror.isQuiet && "followed quietly",
  ].filter((fact) => fact !== false && fact !== "");
  return html`
    <li class="person-line">
      ${Face({ picture: portraits.get(mirror.log), name: nameOf(mirror) })}
      <div>
        <a class="line-title person" href=${`/studio/mesh/${mirror.id}`} dir="auto">${nameOf(
          mirror,
        )}</a>
        <span class="line-meta facts-line">
          ${facts.map((fact, place) => place === 0 ? fact : [" · ", fact])}
        </span>
      </div>
      ${(words.trouble > 0 || mirror.state === "pulling") && StateLine({ words, id: mirror.id })}
    </li>
  `;
}

/** What is the case with a mirror and the one thing that helps. */
export function StateLine({ words, id }: { words: MirrorWords; id: string }): Markup {
  const button = words.act !== undefined && html`
    <form method="post" action=${`/studio/mesh/${id}`}>
      <button type="submit" name="do" value=${words.act.act}>${words.act.verb}</button>
    </form>
  `;
  return html`
    <div class=${`state trouble-${words.trouble}`}>
      ${Icon({ name: words.trouble > 0 ? "warning" : "information" })}
      <p><strong>${words.label}.</strong> ${words.sentence} ${words.advice}</p>
      ${button}
    </div>
  `;
}

/** A mirror by its name, its host, or the beginning of its id. */
export function nameOf({ name, address, id }: Pick<Mirror, "name" | "address" | "id">): string {
  return name || (address !== null && URL.parse(address)?.host) || `${id.slice(0, 12)}…`;
}

/** What is seldom needed stands at the end. */
function KeptOut(): Markup {
  return html`
    <section>
      <h2>Kept out</h2>
      <ul class="lines bare">
        <li>
          <a class="line-title" href="/studio/blocks">Blocked</a>
          <span class="line-meta">Whom you have nothing to do with.</span>
        </li>
        <li>
          <a class="line-title" href="/studio/takedowns">Taken down</a>
          <span class="line-meta">What you took down from your copies, and why.</span>
        </li>
      </ul>
    </section>
  `;
}

function Feeds({ feeds }: Props): Markup | null {
  if (feeds.length === 0) return null;
  const lines = feeds.map(({ id, title, url, sentence, isTrouble }) =>
    html`
      <li>
        <span class="line-title" dir="auto">${title}</span>
        <span class="line-meta">${URL.parse(url)?.host ?? url}${!isTrouble &&
          ` · ${sentence}`}</span>
        ${isTrouble && html`
          <div class="state trouble-1">${Icon({ name: "warning" })}<p>${sentence}</p></div>
        `}
        <div class="line-actions">
          <a href=${`/studio/follow/feeds/${id}`}>
            Unfollow<span class="visually-hidden">: ${title}</span>
          </a>
        </div>
      </li>
    `
  );
  return html`
    <section id="feeds">
      <h2>Ordinary feeds <span class="count">${feeds.length}</span></h2>
      <p class="help">
        Nobody signs these: they are what their server says today. Their items are in your timeline only.
      </p>
      <ul class="lines bare">${lines}</ul>
    </section>
  `;
}

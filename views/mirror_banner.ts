/** What stands above every page of a mirror: whose words these are, who keeps the copy, and how good it is. @module */
import type { Mirror } from "../storage/mirrors.ts";
import { type Content, html, type Markup } from "./html.ts";
import { Icon } from "./icons.ts";
import type { Site } from "./layout.ts";
import { safeUrl } from "./text.ts";
import { formatDate, formatDateTime, isoTime } from "./time.ts";
import { absoluteUrl, withQuery } from "./urls.ts";

/** What is known of a copy. */
export type MirrorFacts =
  & Pick<
    Mirror,
    | "id"
    | "state"
    | "isConfirmed"
    | "isQuiet"
    | "size"
    | "entries"
    | "isComplete"
    | "seenAtMs"
    | "originSeenAtMs"
  >
  & Readonly<{
    /** Where the author's pages are at home, without a slash at its end; undefined when nobody knows. */
    origin: string | undefined;
    /** The name of the owner who keeps the copy. */
    keeper: string;
    /** False keeps it out of search engines. */
    isIndexed: boolean;
  }>;

type Props = Readonly<{
  site: Site;
  mirror: MirrorFacts;
  /** The path that stands for the page, without the base; undefined where nothing is there. */
  path: string | undefined;
}>;

/** The banner of a mirror. */
export function MirrorBanner(props: Props): Markup {
  const { site, mirror } = props;
  return html`
    <aside class="banner mirror" aria-label="About this copy" lang="en">
      ${Icon({ name: "mirror" })}
      <div>
        <p>
          A copy of what <b dir="auto">${site.name}</b> published, kept by${" "}
          <a href="/" dir="auto">${mirror.keeper}</a>. ${Original(props)}
        </p>
        <p class="mirror-facts">${Facts(props)}</p>
        ${Trouble(props)} ${site.isOwner && OwnerBar(props)}
      </div>
    </aside>
  `;
}

function Original({ site, mirror }: Props): Content {
  const url = mirror.origin === undefined ? undefined : safeUrl(mirror.origin);
  if (url === undefined) return "Where the original is, is not known here.";
  const host = URL.parse(url)?.host ?? url;
  const link = html`<a href=${url} rel="nofollow noopener">${host}</a>`;
  if (mirror.state !== "unreachable") return html`The original is at ${link}.`;
  const since = mirror.originSeenAtMs === undefined
    ? "has never answered"
    : html`has not answered since ${Day({ site, ms: mirror.originSeenAtMs })}`;
  return html`The original at ${link} ${since}.`;
}

function Day({ site, ms }: { site: Site; ms: number }): Markup {
  return html`<time datetime=${isoTime(ms)}>${formatDate(ms, style(site))}</time>`;
}

function Facts({ site, mirror }: Props): Content {
  const facts: Content[] = [html`<span>${describeCompleteness(mirror)}</span>`];
  if (mirror.seenAtMs !== undefined) {
    const time = formatDateTime(mirror.seenAtMs, style(site));
    facts.push(html`
      <span>Last seen <time datetime=${isoTime(mirror.seenAtMs)}>${time}</time></span>
    `);
  }
  return facts.flatMap((fact, place) => (place === 0 ? [fact] : [" ", fact]));
}

function describeCompleteness({ isComplete, entries, size, seenAtMs }: MirrorFacts): string {
  const whole = size.toLocaleString("en");
  if (entries === 0) {
    return seenAtMs !== undefined && size === 0 ? "Nothing there yet" : "Being copied";
  }
  if (isComplete) return `Verified, complete up to entry ${whole}`;
  if (entries >= size) return `Verified, all ${whole} entries, some of their texts are not here`;
  return `Verified, still being copied: ${entries.toLocaleString("en")} of ${whole} entries`;
}

/** What a reader should know about the state, beyond what the facts say. */
function Trouble({ mirror }: Props): Markup | null {
  const sentences = [
    ...(mirror.isConfirmed ? [] : [
      "The author has a newer identity record, and nobody has proved yet that this copy belongs to it.",
    ]),
    ...(STATES[mirror.state] ?? []),
  ];
  if (sentences.length === 0) return null;
  return html`<p class="mirror-trouble">${Icon({ name: "warning" })} <span>${
    sentences.join(" ")
  }</span></p>`;
}

const STATES: Readonly<Partial<Record<Mirror["state"], readonly string[]>>> = {
  refused: [
    "What came last broke a rule and was refused. What you read here was proved before that.",
  ],
  forked: [
    "Two versions that contradict each other were signed with the author’s key. This is the one that was seen first; nothing newer is taken.",
  ],
  flooding: ["Copying waits: it grew by more in one day than people write."],
  large: ["Copying waits: there is more of it than is copied unasked."],
  paused: ["Copying is paused, so newer pieces may be missing."],
  closed: ["The author closed this identity: nothing newer will come."],
};

/** For the owner who keeps the copy. */
function OwnerBar({ site, mirror, path: page }: Props): Markup {
  // On the page of a piece it is about that piece, elsewhere about its author.
  const [piece] = /^\/[pa]\/[^/]+/.exec(page ?? "") ?? [];
  const target = piece === undefined ? mirror.id : absoluteUrl(site.address, site.base + piece);
  const quiet = mirror.isQuiet && html`
    <span>You follow quietly: only you see this page.</span>
  `;
  const path = `/studio/mesh/${mirror.id}`;
  return html`
    <p class="mirror-acts">
      ${quiet}
      <a href=${path}>Manage this copy</a>
      <a href=${`${path}/unfollow`}>Unfollow</a>
      <a href=${withQuery("/studio/takedown", { target })}>Take down</a>
    </p>
  `;
}

/** The banner is in English, whatever the language of the pages below it. */
function style({ timeZone }: Site): { timeZone: string; language: string } {
  return { timeZone, language: "en" };
}

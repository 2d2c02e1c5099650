/** The visible history of a corrected piece: every version, and what changed. @module */
import { type Difference, diffTexts } from "../content/differences.ts";
import type { Piece } from "../storage/pieces.ts";
import type { Revision } from "../storage/revisions.ts";
import { html, type Markup } from "./html.ts";
import { Layout, type Site } from "./layout.ts";
import { shorten } from "./text.ts";
import { formatDateTime, isoTime } from "./time.ts";
import { historyUrl, pieceUrl } from "./urls.ts";

type Props = Readonly<{ site: Site; piece: Piece; revisions: readonly Revision[] }>;

const CONTEXT_CHARS = 160;

/** The page at `…/history`, the newest version first. */
export function HistoryPage({ site, piece, revisions }: Props): Markup {
  const name = piece.title || shorten(piece.text.replace(/\s+/g, " "), 60) ||
    "a post with pictures";
  const versions = revisions.map((revision, place) =>
    Version({ site, revision, before: revisions[place - 1] })
  );
  const page = html`
    <article class="page history">
      <h1>What was corrected</h1>
      <p class="lead">
        Every published version of${" "}
        <a href=${pieceUrl(piece, site.base)} lang=${piece
          .language} dir="auto">${name}</a>, the newest first.
      </p>
      <ol class="versions bare">${versions.reverse()}</ol>
    </article>
  `;
  return Layout({
    site,
    title: `What was corrected: ${name}`,
    children: page,
    canonical: historyUrl(piece),
    isIndexed: false,
  });
}

function Version(
  { site, revision, before }: { site: Site; revision: Revision; before: Revision | undefined },
): Markup {
  const date = html`
    <time datetime=${isoTime(revision.revisedAtMs)}>${formatDateTime(
      revision.revisedAtMs,
      site,
    )}</time>
  `;
  if (before === undefined) {
    return html`
      <li class="version">
        <h2>Published ${date}</h2>
      </li>
    `;
  }
  const note = revision.note !== "" && html`
    <p class="version-note" dir="auto">${revision.note}</p>
  `;
  const changes = listChanges(before, revision);
  const none = changes.length === 0 && html`<p class="quiet">The words stayed the same.</p>`;
  return html`
    <li class="version"><h2>Corrected ${date}</h2>${note} ${changes} ${none}</li>
  `;
}

function listChanges(before: Revision, after: Revision): Markup[] {
  const parts: [string, string, string][] = [
    ["Title", before.title, after.title],
    ["Summary", before.summary, after.summary],
    ["Text", before.text, after.text],
    ["Tags", before.tags.join(", "), after.tags.join(", ")],
    ["Authors", before.authors.join(", "), after.authors.join(", ")],
    ["Pictures", describePictures(before), describePictures(after)],
  ];
  return parts.filter(([, old, now]) => old !== now).map(([label, old, now]) =>
    html`
      <section class="change">
        <h3>${label}</h3>
        <div class="difference" lang=${after.language} dir="auto" tabindex="0" role="group"
          aria-label=${`${label}: what changed`}>
          ${diffTexts(old, now).map((part, place, all) => Part(part, place, all.length))}
        </div>
      </section>
    `
  );
}

function Part({ kind, text }: Difference, place: number, count: number): Markup | string {
  if (kind === "added") return html`<ins>${text}</ins>`;
  if (kind === "removed") return html`<del>${text}</del>`;
  if (text.length <= CONTEXT_CHARS * 3) return text;
  const head = place === 0 ? "" : startOf(text);
  const tail = place === count - 1 ? "" : endOf(text);
  return html`<span>${head}<span class="gap">⋯</span>${tail}</span>`;
}

function startOf(text: string): string {
  return text.slice(0, CONTEXT_CHARS).replace(/\S*$/u, "").toWellFormed();
}

function endOf(text: string): string {
  return text.slice(-CONTEXT_CHARS).replace(/^\S*/u, "").toWellFormed();
}

function describePictures({ pictures, cover }: Revision): string {
  const all = cover === undefined ? pictures : [cover, ...pictures];
  return all.map(({ hash, description }) => description || `picture ${hash.slice(0, 8)}`).join(
    "\n",
  );
}

/** The frame of the owner's pages: the studio's own navigation, stylesheet and islands. @module */
import { type Content, html, type Markup } from "./html.ts";
import { Icon } from "./icons.ts";
import { Layout, type Site } from "./layout.ts";
import type { SigningWords } from "./signing_states.ts";

/** The small scripts that add comfort; every page works without them. */
export type Island =
  | "autosave"
  | "contrast"
  | "counter"
  | "keys"
  | "pictures"
  | "preview"
  | "timeZone";

/** What every page of the owner's side knows. */
export type Frame = Readonly<{
  site: Site;
  /** Allows this answer's scripts to run. */
  nonce: string;
  /** Path of the studio's stylesheet. */
  styleUrl: string;
  /** Path of an island's script. */
  islandUrl: (island: Island) => string;
  /** True once a capsule or a feed is followed: then there is a timeline. */
  isFollowing: boolean;
  /** Why nothing can be published now; undefined when it can. */
  signing: SigningWords | undefined;
}>;

type Props = Readonly<{
  frame: Frame;
  title: string;
  children: Content;
  /** The entry of the navigation that is marked as current. */
  path?: string;
  islands?: readonly Island[];
}>;

const TIMELINE = { path: "/studio/timeline", label: "Timeline" } as const;
const ROOMS = [
  { path: "/studio", label: "Write" },
  { path: "/studio/articles/new", label: "New article" },
  { path: "/studio/drafts", label: "Drafts" },
  { path: "/studio/mesh", label: "People" },
  { path: "/studio/settings", label: "Settings" },
] as const;

/** A page of the studio, for the owner who is signed in. */
export function StudioPage({ frame, title, children, path, islands }: Props): Markup {
  const rooms = [...(frame.isFollowing ? [TIMELINE] : []), ...ROOMS].map((room) =>
    html`
      <li>
        <a href=${room.path} aria-current=${room.path === path ? "page" : undefined}>
          ${room.label}
        </a>
      </li>
    `
  );
  const body = html`
    <div class="studio">
      <nav class="studio-rooms" aria-label="Studio">
        <ul>
          ${rooms}
        </ul>
        <form method="post" action="/sign-out">
          <button class="plain" type="submit">Sign out</button>
        </form>
      </nav>
      ${frame.signing !== undefined && SigningBanner({ words: frame.signing })} ${children}
    </div>
  `;
  return StudioLayout({ frame, title, children: body, islands });
}

/** Why nothing can be published now, on every page of the studio until it can. */
function SigningBanner({ words }: { words: SigningWords }): Markup {
  const more = words.isPassing !== true && html`
    <a href="/studio/identity">What you can do</a>
  `;
  return html`
    <p class=${words.isPassing === true
      ? "banner signing"
      : "banner signing is-serious"} role="status">
      ${Icon({ name: words.isPassing === true ? "information" : "warning" })}
      <span><strong>${words.sentence}</strong> ${words.advice} ${more}</span>
    </p>
  `;
}

/** A page on the way in: set-up, sign-in, a new password. */
export function DoorPage({ frame, title, children, islands }: Props): Markup {
  const body = html`<div class="studio door">${children}</div>`;
  return StudioLayout({ frame, title, children: body, islands });
}

/** One quiet line about something that was done. */
export function Done({ children }: { children: Content }): Markup {
  return html`<p class="notice notice-done" role="status">${children}</p>`;
}

function StudioLayout(
  { frame, title, children, islands = [] }: Omit<Props, "islands"> & {
    islands?: readonly Island[] | undefined;
  },
): Markup {
  const scripts = islands.map((island) =>
    html`<script type="module" src=${frame.islandUrl(island)} nonce=${frame.nonce}></script>`
  );
  return Layout({
    site: frame.site,
    title,
    children,
    lang: "en",
    isIndexed: false,
    isStudio: true,
    head: [html`<link rel="stylesheet" href=${frame.styleUrl} />`, ...scripts],
  });
}

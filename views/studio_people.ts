/** The frame of all pages about others: whom one follows, who follows, who is kept out. @module */
import { type Content, html, type Markup } from "./html.ts";
import { Done, type Frame, StudioPage } from "./studio.ts";

const PLACES = [
  { path: "/studio/mesh", label: "Following" },
  { path: "/studio/follow", label: "Add" },
  { path: "/studio/discover", label: "Discover" },
  { path: "/studio/followers", label: "Followers" },
] as const;

/** A page of the room "People". */
export function PeoplePage({ frame, title, path, done, children }: Readonly<{
  frame: Frame;
  /** Of the window, and the page's heading. */
  title: string;
  /** Which of the places this is, or lies under; absent for those that are seldom needed. */
  path?: typeof PLACES[number]["path"];
  /** What was just done, in a sentence. */
  done?: string | undefined;
  children: Content;
}>): Markup {
  const places = PLACES.map((place) =>
    html`
      <li>
        <a href=${place.path} aria-current=${place.path === path ? "page" : undefined}>${place
          .label}</a>
      </li>
    `
  );
  return StudioPage({
    frame,
    title,
    path: "/studio/mesh",
    children: html`
      <div class="people">
        <nav class="studio-places" aria-label="People">
          <ul class="bare">${places}</ul>
        </nav>
        ${done !== undefined && Done({ children: done })} ${children}
      </div>
    `,
  });
}

/** An empty list: what it is for in one line, what to do in one button. */
export function EmptyState(
  { children, action }: Readonly<{
    children: Content;
    action?: Readonly<{ url: string; verb: string }> | undefined;
  }>,
): Markup {
  const button = action !== undefined && html`
    <p><a class="button primary" href=${action.url}>${action.verb}</a></p>
  `;
  return html`
    <div class="empty-state"><p>${children}</p>${button}</div>
  `;
}

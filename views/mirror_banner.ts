/** What stands above every page of a mirror: whose words these are, who keeps the copy, and how good it is. @module */
import { html, type Markup } from "./html.ts";
import type { Site } from "./layout.ts";

/** What is known of a copy. */
export type MirrorFacts = Readonly<{
  /** The capsule id of its author. */
  id: string;
  /** Where the author's pages are at home, without a slash at its end; undefined when nobody knows. */
  origin: string | undefined;
  /** The name of the owner who keeps it. */
  keeper: string;
  /** False keeps it out of search engines. */
  isIndexed: boolean;
}>;

/** The banner of a mirror. */
export function MirrorBanner({ site, mirror }: { site: Site; mirror: MirrorFacts }): Markup {
  return html`
    <aside class="mirror-banner">
      <p>This is a copy of what ${site.name} published, kept here by <a href="/">${mirror
        .keeper}</a>.</p>
    </aside>
  `;
}

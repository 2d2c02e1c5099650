/** The one page of port 80 while there is no certificate: what is happening, and what to do. @module */
import { Banner } from "./banners.ts";
import { withCommands } from "./commands.ts";
import { html, type Markup } from "./html.ts";
import { formatDateTime, isoTime, UTC } from "./time.ts";

/** Where things stand, as far as anybody may know. */
export type CertificateFacts = Readonly<{
  /** The host name. */
  name: string;
  /**
   * No https address yet; ports that cannot be opened; being got; failed and tried again; failed until a setting changes; for trying
   * only; brought by the owner; given.
   */
  state: "nameless" | "closed" | "asking" | "waiting" | "stopped" | "test" | "own" | "there";
  /** Why it failed and what to do; "" where nothing failed. */
  sentence: string;
  /** The authority's own words; "" without any. */
  detail: string;
  /** Unix ms. */
  nextAtMs: number | undefined;
  /** Until when the one that is held is valid, Unix ms; undefined without one. */
  untilMs: number | undefined;
  /** When it is renewed, Unix ms. */
  renewAtMs: number | undefined;
}>;

/** What it is called. */
export const CERTIFICATE_TITLES: Readonly<Record<CertificateFacts["state"], string>> = {
  nameless: "Only this machine can open the capsule",
  closed: "Ports 80 and 443 cannot be opened",
  asking: "Almost there: a certificate is being fetched",
  waiting: "No certificate yet",
  stopped: "No certificate yet",
  test: "Only a certificate for trying",
  own: "The certificate is the owner’s own, or one that the program signed itself",
  there: "There is a certificate",
};

/** What that means. */
export const CERTIFICATE_WORDS: Readonly<Record<CertificateFacts["state"], string>> = {
  nameless: "For everybody else it needs a name on the internet.",
  closed: "It is tried again every ten seconds.",
  asking: "This takes a few seconds. The page looks again by itself.",
  waiting: "Nothing needs to be started again: it is tried by itself.",
  stopped:
    "It is tried again when the owner asks for it in the settings, or starts the program again.",
  test: "The program was started with --staging. Start it without, and it gets a real one.",
  own: "Browsers that do not know it warn. The program does not renew it.",
  there: "It is renewed by itself.",
};

const AS_SOON = " as soon as a certificate authority has given it a certificate";

/** The page. It has no form and no link: over plain HTTP anybody on the way could change it. */
export function CertificatePage(
  { facts, styleUrl }: Readonly<{ facts: CertificateFacts; styleUrl: string }>,
): Markup {
  const { name, state, sentence, detail, nextAtMs } = facts;
  const next = state === "waiting" && nextAtMs !== undefined
    ? html`<span>Next try: <time datetime=${isoTime(nextAtMs)}>${
      formatDateTime(nextAtMs, UTC)
    }</time>.</span>`
    : null;
  return html`
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${CERTIFICATE_TITLES[state]} · ${name}</title>
        <link rel="stylesheet" href=${styleUrl} />
      </head>
      <body>
        <main class="page">
          <h1 class="page-title">${CERTIFICATE_TITLES[state]}</h1>
          <p>
            <strong>${name}</strong> opens over HTTPS${state === "own" ? " only" : AS_SOON}, so that
            nobody on the way can read along or change a word.
          </p>
          ${sentence === "" ? null : Banner({ kind: "damaged", children: withCommands(sentence) })}
          <p>${CERTIFICATE_WORDS[state]} ${next}</p>
          ${detail === "" ? null : html`
            <p class="quiet detail">In the authority’s own words: <q>${detail}</q></p>
          `}
        </main>
      </body>
    </html>
  `;
}

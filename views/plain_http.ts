/** The page in the place of a form that would send what is typed without encryption. @module */
import { html, type Markup } from "./html.ts";

/** The page. It has no form and no link: over plain HTTP anybody on the way could change it. */
export function PlainHttpPage(
  { origin, from, isProxy, styleUrl }: Readonly<
    { origin: string; from: string; isProxy: boolean; styleUrl: string }
  >,
): Markup {
  const isPublic = origin.startsWith("https:");
  const port = isPublic ? undefined : new URL(origin).port || "80";
  return html`
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>Not over plain HTTP</title>
        <link rel="stylesheet" href=${styleUrl} />
      </head>
      <body>
        <main class="page">
          <h1 class="page-title">Not over plain HTTP</h1>
          <p>
            What you type here could be read on its way to this server, your password and your
            recovery phrase among it. So this page is shown over HTTPS only, or on the server itself.
          </p>
          ${isPublic ? html`<p>Open <strong>${origin}</strong> instead.</p>` : html`
            <p>
              If a name such as capsule.example.org leads to the server, start the program with
              <code>--address https://capsule.example.org</code>: HTTPS is there by itself then.
            </p>
            <p>
              Without a name, run this on your own computer, and open there the link that the program
              printed: <code>ssh -L ${port}:localhost:${port} your-server</code>
            </p>
          `}
          <p>
            ${isProxy
              ? html`The web server in front (${from}) does not say that you came over HTTPS: have it send
                <code>X-Forwarded-Proto</code>.`
              : html`If you did come over HTTPS, a web server in front passed you on: start the program with
                <code>--trusted-proxy ${from}</code>, and have that server send
                <code>X-Forwarded-Proto</code>.`}
          </p>
        </main>
      </body>
    </html>
  `;
}

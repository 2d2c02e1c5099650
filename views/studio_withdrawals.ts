/** Withdrawing: what it does, said before it is done. @module */
import type { Piece } from "../storage/pieces.ts";
import { html, type Markup } from "./html.ts";
import { type Frame, StudioPage } from "./studio.ts";
import { pieceTitle } from "./studio_pieces.ts";
import { pieceUrl } from "./urls.ts";

/** Asks once whether the piece shall be gone. */
export function WithdrawPage({ frame, piece }: { frame: Frame; piece: Piece }): Markup {
  const title = pieceTitle(piece);
  const kind = piece.kind === "post" ? "post" : "article";
  return StudioPage({
    frame,
    title: `Withdraw this ${kind}`,
    children: html`
      <form class="door-form" method="post" action=${`/studio/withdraw/${piece.index}`}>
        <h1>Withdraw this ${kind}?</h1>
        <blockquote class="carried" lang=${piece.language}>${title}</blockquote>
        <ul class="plain-list">
          <li>It is hidden here at once, and on capsules that mirror yours as soon as they hear of it.</li>
          <li>Its words and pictures are erased from here after 30 days.</li>
          <li>
            That something stood here, and when, stays on record: readers see that you withdrew it.
          </li>
          <li>
            Copies elsewhere may exist: in feed readers, archives and screenshots. Nobody can call those
            back.
          </li>
          <li>It cannot be taken back. To correct something, edit it instead.</li>
        </ul>
        <p class="actions">
          <button class="primary danger" type="submit">Withdraw it</button>
          <a href=${`/studio/revise/${piece.index}`}>Edit it instead</a>
          <a href=${pieceUrl(piece)}>Leave it as it is</a>
        </p>
      </form>
    `,
  });
}

// The place of a picture that is not here: of its shape, so that nothing jumps when it comes, with its words.
import { escapeHtml } from "./escape.ts";

type Absent = Readonly<{ width: number; height: number; description: string }>;

/** Safe HTML: an empty drawing of the picture's size under its description. */
export function renderMissingPicture({ width, height, description }: Absent): string {
  const wide = Math.max(1, Math.trunc(width) || 1);
  const high = Math.max(1, Math.trunc(height) || 1);
  const words = escapeHtml(description.trim()) || "Picture";
  return `<span class="absent-picture">` +
    `<svg width="${wide}" height="${high}" viewBox="0 0 ${wide} ${high}" aria-hidden="true"></svg>` +
    `<span>${words}</span><small>This picture is not here.</small></span>`;
}

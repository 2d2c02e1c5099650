/** Appearance: colour, time zone, crawlers. @module */
import type { Settings } from "../storage/settings.ts";
import { PAPERS } from "./accent.ts";
import { html, type Markup } from "./html.ts";
import { timeZoneOptions } from "./languages.ts";
import { SettingsForm } from "./settings.ts";
import type { Frame } from "./studio.ts";
import { type Problems, RadioField, SelectField, TextField } from "./studio_fields.ts";

/** How the capsule looks and who may read it by machine. */
export function AppearancePage(
  { frame, settings, problems, isSaved }: Readonly<{
    frame: Frame;
    settings: Settings;
    problems?: Problems | undefined;
    isSaved?: boolean;
  }>,
): Markup {
  return SettingsForm({
    frame,
    title: "Appearance",
    action: "/studio/settings/appearance",
    problems,
    isSaved,
    islands: ["contrast"],
    children: [
      TextField({
        name: "accent",
        label: "Accent colour",
        type: "color",
        help: html`
          Links, buttons and marks. Where words in it would be hard to read, a darker shade stands in
          by day, a lighter one by night.
          <span class="accent-samples" role="status" hidden data-contrast-samples>
            <span data-papers=${PAPERS.light.join(" ")} data-step="-0.005"></span>
            <span data-papers=${PAPERS.dark.join(" ")} data-step="0.005"></span>
          </span>
        `,
        value: settings.accent,
        data: { contrast: "" },
        problems,
      }),
      SelectField({
        name: "timeZone",
        label: "Time zone",
        help: "Dates and the years of the archive are counted in it.",
        value: settings.timeZone,
        options: timeZoneOptions(settings.timeZone),
        problems,
      }),
      RadioField({
        name: "crawlers",
        label: "Crawlers",
        value: settings.crawlers,
        options: [
          { value: "all", label: "All may read", help: "Search engines, archives and the rest." },
          {
            value: "no-ai",
            label: "No training of AI",
            help: "Search engines may read; crawlers known to collect for AI are asked not to.",
          },
          { value: "none", label: "None", help: "Search engines will not find you either." },
        ],
      }),
      html`
        <p class="help">Crawlers are asked in robots.txt. The honest ones listen.</p>
      `,
    ],
  });
}

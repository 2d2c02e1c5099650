/** Settings: the hub, the profile, and the form of such a page. @module */
import type { Picture, ProfileLink } from "../mesh/protocol/content.ts";
import { type Content, html, type Markup } from "./html.ts";
import { languageOptions } from "./languages.ts";
import { Done, type Frame, type Island, StudioPage } from "./studio.ts";
import {
  AreaField,
  Hidden,
  PictureField,
  type Problems,
  ProblemSummary,
  SelectField,
  TextField,
} from "./studio_fields.ts";
import { blobUrl } from "./urls.ts";

/** What the profile page's form holds. */
export type ProfileForm = Readonly<{
  name: string;
  line: string;
  about: string;
  language: string;
  picture: Picture | undefined;
  links: readonly ProfileLink[];
}>;

const EMPTY_LINKS = 2;

const CERTIFICATE_ROOM = [
  "settings/certificate",
  "HTTPS and certificate",
  "Your name on the internet, and how it stands with its certificate.",
];

const HEALTH_ROOM = [
  "settings/health",
  "Health",
  "Whether everything is well, what to do where it is not, and how much is read.",
];

/** Where everything that can be set is. */
export function SettingsPage(
  { frame, capsuleId, hasCertificate = false, hasHealth = false }: Readonly<
    { frame: Frame; capsuleId: string; hasCertificate?: boolean; hasHealth?: boolean }
  >,
): Markup {
  const rooms = [
    ["settings/profile", "Profile", "Your name, the line about you, your picture, your links."],
    ["settings/appearance", "Appearance", "Colour, time zone, and what crawlers may read."],
    ["settings/security", "Security", "Password, devices that are signed in, recovery phrase."],
    [
      "settings/backups",
      "Backups",
      "Copies of everything, every night by themselves; how the newest went.",
    ],
    ["identity", "Identity", "Move to another address, make a new key, close the identity."],
    ...(hasCertificate ? [CERTIFICATE_ROOM] : []),
    ...(hasHealth ? [HEALTH_ROOM] : []),
  ].map(([path, label, help]) =>
    html`
      <li>
        <a class="line-title" href=${`/studio/${path}`}>${label}</a>
        <span class="line-meta">${help}</span>
      </li>
    `
  );
  return StudioPage({
    frame,
    title: "Settings",
    path: "/studio/settings",
    children: html`
      <section>
        <h1>Settings</h1>
        <ul class="lines bare">${rooms}</ul>
        <form method="post" action="/sign-out">
          <button type="submit">Sign out of this device</button>
        </form>
        <dl class="facts">
          <dt>Address</dt>
          <dd>${frame.site.address}</dd>
          <dt>Capsule id</dt>
          <dd><code class="id">${capsuleId}</code></dd>
        </dl>
        <p class="help">
          The id is made from your recovery phrase and stays yours wherever your capsule moves.
        </p>
      </section>
    `,
  });
}

/** Who the author is. */
export function ProfilePage(
  { frame, form, problems, isSaved }: Readonly<{
    frame: Frame;
    form: ProfileForm;
    problems?: Problems | undefined;
    isSaved?: boolean;
  }>,
): Markup {
  return SettingsForm({
    frame,
    title: "Profile",
    action: "/studio/settings/profile",
    problems,
    isSaved,
    children: [
      TextField({ name: "name", label: "Name", value: form.name, isRequired: true, problems }),
      TextField({
        name: "line",
        label: "A line about you",
        help: "Under your name on every page.",
        value: form.line,
        problems,
      }),
      AreaField({
        name: "about",
        label: "About",
        help: "Your about page, in Markdown.",
        value: form.about,
        rows: 8,
        problems,
      }),
      ProfilePicture({ form, problems }),
      LinkFields({ form, problems }),
      SelectField({
        name: "language",
        label: "Language you write in",
        help: "Each piece can have another one.",
        value: form.language,
        options: languageOptions(form.language),
        problems,
      }),
    ],
  });
}

/** A form of the settings: one title, one button. It stands first, hidden, so that the enter key saves whatever else there is. */
export function SettingsForm(
  { frame, title, action, problems, isSaved, islands, children }: Readonly<{
    frame: Frame;
    title: string;
    action: string;
    problems: Problems | undefined;
    isSaved: boolean | undefined;
    islands?: readonly Island[];
    children: Content;
  }>,
): Markup {
  return StudioPage({
    frame,
    title,
    islands: islands ?? [],
    path: "/studio/settings",
    children: html`
      <form class="door-form" method="post" action=${action} enctype="multipart/form-data">
        <button type="submit" name="do" value="save" hidden>Save</button>
        ${SettingsCrumb()}
        <h1>${title}</h1>
        ${isSaved === true && Done({ children: "Saved." })} ${ProblemSummary({ problems })}
        ${children}
        <p class="actions">
          <button class="primary" type="submit" name="do" value="save">Save</button>
        </p>
      </form>
    `,
  });
}

/** The way back to the hub. */
export function SettingsCrumb(): Markup {
  return html`<p class="eyebrow"><a href="/studio/settings">Settings</a></p>`;
}

function ProfilePicture(
  { form, problems }: { form: ProfileForm; problems: Problems | undefined },
): Markup {
  const { picture } = form;
  const here = picture !== undefined && html`
    <p class="form-portrait">
      <img src=${blobUrl(picture.hash)} alt="Your picture now" width="96" height="96" />
      ${Hidden({ name: "picture", value: picture.hash })}
      <button class="plain" type="submit" name="do" value="remove-picture">Remove it</button>
    </p>
  `;
  return html`
    <div>
      ${here} ${PictureField({
        name: "pictureFile",
        label: picture === undefined ? "Picture" : "Another picture",
        help: "A portrait or a sign of yours.",
        problems,
      })}
    </div>
  `;
}

function LinkFields(
  { form, problems }: { form: ProfileForm; problems: Problems | undefined },
): Markup {
  const empty = Array.from({ length: EMPTY_LINKS }, () => ({ label: "", url: "" }));
  const rows = [...form.links, ...empty].map((link, n) =>
    html`
      <div class="pair">
        ${TextField({
          name: `linkLabel${n}`,
          label: `Link ${n + 1}: what it is`,
          value: link.label,
          problems,
        })} ${TextField({
          name: `linkUrl${n}`,
          label: "Where it leads",
          value: link.url,
          problems,
        })}
      </div>
    `
  );
  return html`
    <fieldset class="field">
      <legend>Links</legend>
      <p class="help">
        Other places that are yours. A site that links back here can see that you are the same person.
        Empty rows are dropped.
      </p>
      ${rows}
    </fieldset>
  `;
}

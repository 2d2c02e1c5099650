/** Pictures inside a form: those that are here, each with its description, and room for more. @module */
import type { Picture } from "../mesh/protocol/content.ts";
import { html, type Markup } from "./html.ts";
import { PictureField, type Problems, TextField } from "./studio_fields.ts";
import { blobUrl } from "./urls.ts";

/** The names of a picture's description field and of its remove button. */
export function descriptionName(hash: string): string {
  return `description-${hash}`;
}

/** The pictures that are here, in their order. */
export function PictureList(
  { pictures, problems }: { pictures: readonly Picture[]; problems: Problems | undefined },
): Markup {
  return html`
    <ul class="form-pictures bare" data-pictures>
      ${pictures.map((picture, n) => PictureItem({ picture, number: n + 1, problems }))}
    </ul>
  `;
}

/** Choosing pictures; without scripts the button beside sends them and brings the form back. */
export function PictureUpload(
  { name, count, max, problems, isInText = false }: {
    name: string;
    count: number;
    max: number;
    problems: Problems | undefined;
    /** True in an editor, where pictures are put into the text. */
    isInText?: boolean;
  },
): Markup {
  const room = count === 0 ? `Up to ${max}` : `${count} of ${max} are here`;
  const help = isInText
    ? "They are put at the end of the text; write what each shows between the square brackets."
    : `${room}, 20 MB each. Next you say what each one shows.`;
  return html`
    <div class="upload" data-upload=${isInText ? "text" : "list"} data-max=${max}>
      ${PictureField({
        name,
        label: isInText ? "Pictures in the text" : "Pictures",
        help,
        isMany: true,
        problems,
      })}
      <button class="plain" type="submit" name="do" value="pictures" formnovalidate>
        Add these pictures
      </button>
      <p class="help" data-upload-status role="status"></p>
    </div>
  `;
}

function PictureItem(
  { picture, number, problems }: {
    picture: Picture;
    number: number;
    problems: Problems | undefined;
  },
): Markup {
  const { hash, description, width, height } = picture;
  return html`
    <li class="form-picture">
      <img
        src=${blobUrl(hash)}
        alt=${description === "" ? `Picture ${number}, not described yet` : description}
        width=${width}
        height=${height}
      />
      <div>
        <input type="hidden" name="picture" value=${hash} />
        ${TextField({
          name: descriptionName(hash),
          label: `What does picture ${number} show?`,
          value: description,
          problems,
        })}
        <button class="plain" type="submit" name="do" value=${`remove:${hash}`} formnovalidate>
          Remove picture ${number}
        </button>
      </div>
    </li>
  `;
}

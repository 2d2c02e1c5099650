/** The fields of a new password, in set-up, in the settings and after it was forgotten. @module */
import { html, type Markup } from "./html.ts";
import { type Problems, TextField } from "./studio_fields.ts";

/** A password twice, so that no slip locks its owner out. */
export function NewPasswordFields(
  { problems, isFirst = false, label = "Password" }: {
    problems: Problems | undefined;
    isFirst?: boolean;
    label?: string;
  },
): Markup {
  return html`
    <div class="pair">
      ${TextField({
        name: "password",
        label,
        type: "password",
        help: "At least 10 characters. Four words that come to your mind make a good one.",
        value: "",
        isFirst,
        isRequired: true,
        maxLength: 1000,
        autocomplete: "new-password",
        problems,
      })} ${TextField({
        name: "again",
        label: "The same once more",
        type: "password",
        value: "",
        isRequired: true,
        maxLength: 1000,
        autocomplete: "new-password",
        problems,
      })}
    </div>
  `;
}

/** The fields of every form of the owner's side: label above, help below, the problem beside. @module */
import { type Content, html, type Markup } from "./html.ts";

/** One sentence for each field that was not right, by the field's name. */
export type Problems = Readonly<Record<string, string>>;

type Shared = Readonly<{
  /** The field's name in the form; its id is `field-<name>`. */
  name: string;
  label: string;
  help?: Content;
  problems?: Problems | undefined;
}>;

type TextProps =
  & Shared
  & Readonly<{
    value: string;
    type?: "text" | "url" | "color" | "password";
    isRequired?: boolean;
    maxLength?: number;
    autocomplete?: string;
    /** The field the person begins with, where nothing went wrong. */
    isFirst?: boolean;
    lang?: string | undefined;
    placeholder?: string;
    pattern?: string;
    /** `data-…` attributes that islands look for. */
    data?: Readonly<Record<string, string>>;
  }>;

/** The id of a field's element, for labels and links to it. */
function fieldId(name: string): string {
  return `field-${name}`;
}

/** A line of text. */
export function TextField(props: TextProps): Markup {
  return Field({
    ...props,
    control: html`
      <input
        ...${typedAttributes(props)}
        type=${props.type ?? "text"}
        value=${props.value}
        maxlength=${props.maxLength}
        autocomplete=${props.autocomplete ?? "off"}
      />
    `,
  });
}

/** Several lines of text. */
export function AreaField(
  props: Omit<TextProps, "type"> & Readonly<{ rows: number; isCode?: boolean }>,
): Markup {
  const text = areaText(props.value);
  return Field({
    ...props,
    control: html`
      <textarea ...${typedAttributes(props)} rows=${props.rows} spellcheck="true">${text}</textarea>
    `,
  });
}

/** One choice out of many. */
export function SelectField(
  props:
    & Shared
    & Readonly<{ value: string; options: readonly Option[]; data?: Record<string, string> }>,
): Markup {
  const { value, options } = props;
  const choices = options.map((option) =>
    html`
      <option value=${option.value} selected=${option.value === value}>${option.label}</option>
    `
  );
  return Field({
    ...props,
    control: html`
      <select ...${controlAttributes(props)} ...${dataAttributes(props.data)}>${choices}</select>
    `,
  });
}

/** One thing to choose from. */
export type Option = Readonly<{ value: string; label: string }>;

/** One choice out of few, all in sight. */
export function RadioField(
  { name, label, value, options }: Readonly<{
    name: string;
    label: string;
    value: string;
    options: readonly (Option & { help: string })[];
  }>,
): Markup {
  const choices = options.map((option) => {
    const id = `${fieldId(name)}-${option.value}`;
    return html`
      <div class="choice">
        <input
          id=${id}
          type="radio"
          name=${name}
          value=${option.value}
          checked=${option.value === value}
          aria-describedby=${`${id}-help`}
        />
        <label for=${id}>${option.label}</label>
        <p class="help" id=${`${id}-help`}>${option.help}</p>
      </div>
    `;
  });
  return html`
    <fieldset class="field" id=${fieldId(name)}><legend>${label}</legend>${choices}</fieldset>
  `;
}

/** Something to switch on. */
export function CheckField(props: Shared & Readonly<{ isChecked: boolean }>): Markup {
  const { name, label, help, isChecked, problems } = props;
  return html`
    <div class="field choice">
      <input
        id=${fieldId(name)}
        type="checkbox"
        name=${name}
        value="yes"
        checked=${isChecked}
        aria-describedby=${describedBy(props)}
      />
      <label for=${fieldId(name)}>${label}</label>
      ${help !== undefined && html`<p class="help" id=${`${fieldId(name)}-help`}>${help}</p>`}
      ${Problem({ name, problems })}
    </div>
  `;
}

/** Choosing picture files. */
export function PictureField(props: Shared & Readonly<{ isMany?: boolean }>): Markup {
  return Field({
    ...props,
    control: html`
      <input
        ...${controlAttributes(props)}
        type="file"
        accept="image/jpeg,image/png,image/webp,image/avif,image/gif"
        multiple=${props.isMany}
      />
    `,
  });
}

/** A value that travels with the form. */
export function Hidden({ name, value }: { name: string; value: string }): Markup {
  return html`<input type="hidden" name=${name} value=${value} />`;
}

/** What was not right, each sentence a link to its field; nothing when all was. */
export function ProblemSummary({ problems }: { problems: Problems | undefined }): Markup | null {
  const list = Object.entries(problems ?? {});
  if (list.length === 0) return null;
  const sentences = list.map(([name, sentence]) =>
    html`<li>${name === "" ? sentence : html`<a href=${`#${fieldId(name)}`}>${sentence}</a>`}</li>`
  );
  const heading = list.length === 1 ? "One thing to mend" : `${list.length} things to mend`;
  return html`
    <div class="notice notice-problem" role="alert" tabindex="-1" id="problems">
      <h2>${heading}</h2>
      <ul>${sentences}</ul>
    </div>
  `;
}

/** A label, a control made elsewhere, the help and the problem. */
function Field(props: Shared & Readonly<{ control: Content }>): Markup {
  const { name, label, help, control, problems } = props;
  const hasProblem = problems?.[name] !== undefined;
  return html`
    <div class=${hasProblem ? "field field-problem" : "field"}>
      <label for=${fieldId(name)}>${label}</label>
      ${control} ${Problem({ name, problems })}
      ${help !== undefined && html`<div class="help" id=${`${fieldId(name)}-help`}>${help}</div>`}
    </div>
  `;
}

/** The sentence beside one field, if it has one. */
export function Problem(
  { name, problems }: { name: string; problems: Problems | undefined },
): Markup | null {
  const sentence = problems?.[name];
  if (sentence === undefined) return null;
  return html`<p class="problem" id=${`${fieldId(name)}-problem`}>${sentence}</p>`;
}

/** Text for the inside of a textarea: browsers drop one line break at its start. */
function areaText(text: string): string {
  return text.startsWith("\n") || text.startsWith("\r") ? `\n${text}` : text;
}

/** What every control has: its name, and what is said about it. */
function controlAttributes(props: Shared): object {
  const { name, problems } = props;
  return {
    id: fieldId(name),
    name,
    "aria-describedby": describedBy(props),
    "aria-invalid": problems?.[name] === undefined ? undefined : "true",
  };
}

/** What every control has into which one types. */
function typedAttributes(props: Omit<TextProps, "type">): object {
  return {
    ...controlAttributes(props),
    required: props.isRequired,
    autofocus: isFocused(props),
    lang: props.lang,
    placeholder: props.placeholder,
    ...dataAttributes(props.data),
  };
}

function describedBy({ name, help, problems }: Shared): string | undefined {
  const ids = [
    problems?.[name] === undefined ? "" : `${fieldId(name)}-problem`,
    help === undefined ? "" : `${fieldId(name)}-help`,
  ].filter((id) => id !== "");
  return ids.length === 0 ? undefined : ids.join(" ");
}

// The first field with a problem has the focus; where nothing went wrong, the field that begins.
function isFocused({ name, isFirst, problems }: TextProps | Omit<TextProps, "type">): boolean {
  const first = Object.keys(problems ?? {}).find((key) => key !== "");
  return first === undefined ? isFirst === true : first === name;
}

function dataAttributes(data: Readonly<Record<string, string>> | undefined): object {
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([key, value]) => [`data-${key}`, value]),
  );
}

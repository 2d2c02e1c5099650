/** Elements of an XML feed as text: whatever a person typed comes out well-formed. @module */

// XML 1.0 has no way to write these, not even escaped. With the u flag a surrogate matches only when it is alone.
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\ud800-\udfff]/gu;
const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};

/** Text without the characters that XML forbids. */
export function cleanXml(text: string): string {
  return text.replace(FORBIDDEN, "");
}

/** Text as it may stand in an element or a quoted attribute; "]]>" comes out harmless too. */
export function escapeXml(text: string): string {
  return cleanXml(text).replace(/[&<>"\r]/g, (character) => ESCAPES[character] ?? "");
}

/** Attributes by name; those without a value are left out. */
export type XmlAttributes = Readonly<Record<string, string | number | undefined>>;

/** An element around plain text, with line breaks in attributes kept as spaces. */
export function textElement(name: string, text: string, attributes: XmlAttributes = {}): string {
  return element(name, attributes, escapeXml(text));
}

/** An element around ready XML; an empty one closes itself. */
export function element(name: string, attributes: XmlAttributes, inner = ""): string {
  let open = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) {
      open += ` ${key}="${escapeXml(String(value)).replace(/[\t\n]/g, " ")}"`;
    }
  }
  return inner === "" ? `${open}/>` : `${open}>${inner}</${name}>`;
}

/** Elements of an XML feed as text: whatever a person typed comes out well-formed. @module */

// What XML 1.0 has no way to write, not even escaped; a surrogate matches only when it is alone.
const FORBIDDEN = /[[\p{Cc}\p{Cs}\uFFFE\uFFFF]--[\t\n\r]]/gv;
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

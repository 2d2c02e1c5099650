// What a reader takes for one character, of any script.

let segmenter: Intl.Segmenter | undefined;

/** The graphemes of a text, one after the other. The rules for them are loaded at the first use: a start would wait for them. */
export function segmentGraphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  return segmenter.segment(text);
}

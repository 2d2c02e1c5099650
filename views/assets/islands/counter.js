// Counts characters as people do, while they type.
const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

for (const area of document.querySelectorAll("textarea[data-counter]")) {
  const max = Number(area.dataset.counter);
  const place = document.querySelector(`[data-counter-for="${area.id}"]`);
  if (place === null) continue;
  const first = place.textContent;
  const count = () => {
    const used = [...segmenter.segment(area.value.trim())].length;
    const left = max - used;
    place.toggleAttribute("data-is-over", left < 0);
    if (used === 0) place.textContent = first;
    else if (left >= 0) place.textContent = `${left} characters left.`;
    else place.textContent = `${-left} characters too many.`;
  };
  area.addEventListener("input", count);
  count();
}

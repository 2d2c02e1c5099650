// Counts characters as people do, while they type.
const say = (count) => count === 1 ? "1 character" : `${count} characters`;
const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

for (const area of document.querySelectorAll("textarea[data-counter]")) {
  const max = Number(area.dataset.counter);
  const place = document.querySelector(`[data-counter-for="${area.id}"]`);
  if (place === null) continue;
  const first = place.textContent;
  // Only a new post has this button: what is published stays what it is.
  const way = area.form?.querySelector("[data-when-over]");
  const count = () => {
    const used = [...segmenter.segment(area.value.trim())].length;
    const left = max - used;
    place.toggleAttribute("data-is-over", left < 0);
    way?.toggleAttribute("hidden", left >= 0);
    if (used === 0) place.textContent = first;
    else if (left >= 0) place.textContent = `${say(left)} left.`;
    else place.textContent = `${say(-left)} too many.`;
  };
  area.addEventListener("input", count);
  count();
}

// Shows the article as it will look, a moment after each change.
const WAIT_MS = 400;
const form = document.querySelector('form[data-guarded="article"]');
const place = document.querySelector("[data-preview]");

if (form !== null && place !== null) {
  document.body.classList.add("has-preview");
  let timer = 0;
  let running = null;

  const show = async () => {
    running?.abort();
    running = new AbortController();
    const body = new FormData();
    body.set("markdown", form.elements.namedItem("markdown").value);
    try {
      const answer = await fetch("/studio/preview", {
        method: "POST",
        headers: { Accept: "application/json" },
        body,
        signal: running.signal,
      });
      const { html } = await answer.json();
      if (html === undefined) return;
      const { scrollTop } = place;
      place.innerHTML = html;
      place.scrollTop = scrollTop;
    } catch {
      // Without a connection the preview stays as it was; the Preview button is still there.
    }
  };
  form.addEventListener("input", (event) => {
    if (event.target.name !== "markdown") return;
    clearTimeout(timer);
    timer = setTimeout(show, WAIT_MS);
  });
  if (form.elements.namedItem("markdown").value.trim() !== "") show();
}

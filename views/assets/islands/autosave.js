// Saves the draft a moment after the last key, and says so.
const WAIT_MS = 1500;
const form = document.querySelector("form[data-autosave]");
const place = document.querySelector("[data-autosave-status]");

if (form !== null && place !== null) {
  let timer = 0;
  let isSaving = false;
  let isChanged = false;
  let isLeaving = false;
  const field = (name) => form.elements.namedItem(name);

  const save = async () => {
    if (isSaving || isLeaving) return;
    isSaving = true;
    isChanged = false;
    const body = new FormData();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string") body.append(name, value);
    }
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        headers: { Accept: "application/json" },
        body,
      });
      take(await answer.json());
    } catch {
      place.textContent = "Not saved: no connection. Your text is still in this window.";
      isChanged = true;
    }
    isSaving = false;
    if (isChanged) later();
  };
  const take = (saved) => {
    if (saved.problem !== undefined) {
      place.textContent = saved.problem;
      return;
    }
    if (saved.id === undefined) return;
    field("draft").value = saved.id;
    field("version").value = saved.version;
    form.action = saved.url;
    history.replaceState(null, "", saved.url);
    if (!isChanged) form.dispatchEvent(new Event("capsule:saved"));
    if (saved.otherId === undefined) {
      const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      place.textContent = `Saved at ${time}.`;
      return;
    }
    const link = document.createElement("a");
    link.href = `/studio/drafts/${saved.otherId}`;
    link.target = "_blank";
    link.textContent = "The other text";
    place.replaceChildren(
      "Another device saved this draft too. What you write here is a draft of its own now. ",
      link,
      " is still there.",
    );
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(save, WAIT_MS);
  };
  form.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    isChanged = true;
    later();
  });
  form.addEventListener("submit", (event) => {
    isLeaving = true;
    clearTimeout(timer);
    // An answer that is on its way would give the draft a number that this form does not know.
    if (!isSaving) return;
    event.preventDefault();
    const { submitter } = event;
    const wait = setInterval(() => {
      if (isSaving) return;
      clearInterval(wait);
      form.requestSubmit(submitter);
    }, 50);
  });
  addEventListener("pageshow", () => {
    isLeaving = false;
  });
}

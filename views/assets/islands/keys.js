// Ctrl+Enter publishes, and nobody leaves a page with unsent words by accident.
for (const form of document.querySelectorAll("form[data-guarded]")) {
  const read = () =>
    JSON.stringify(
      [...new FormData(form)].map(([name, value]) => [
        name,
        typeof value === "string" ? value : value.name,
      ]).filter(([name]) => name !== "version" && name !== "draft" && name !== "once"),
    );
  let saved = read();
  let isSending = false;

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.querySelector('button[name="do"][value="publish"]')?.click();
  });
  form.addEventListener("submit", () => {
    isSending = true;
  });
  form.addEventListener("capsule:saved", () => {
    saved = read();
  });
  addEventListener("pageshow", () => {
    isSending = false;
  });
  addEventListener("beforeunload", (event) => {
    if (!isSending && read() !== saved) event.preventDefault();
  });
}

// The summary of problems is read first.
document.getElementById("problems")?.scrollIntoView({ block: "nearest" });

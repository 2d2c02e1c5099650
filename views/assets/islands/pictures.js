// Makes pictures smaller in the browser, sends them one by one, and takes them from the clipboard and from drags.
const SIDE_MAX = 2048;
const QUALITY = 0.85;
const LIMIT_BYTES = 20 * 1024 * 1024;
const isPicture = (file) => /^image\/(?:jpeg|png|webp|avif|gif)$/.test(file.type);

// Small ones and moving ones go as they are; the server takes out what nobody should see.
async function shrink(file) {
  if (file.type === "image/gif") return file;
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (bitmap === undefined) return file;
  const scale = Math.min(1, SIDE_MAX / Math.max(bitmap.width, bitmap.height));
  if (scale === 1 && file.size < 2 * 1024 * 1024) return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const type = file.type === "image/png" ? "image/webp" : "image/jpeg";
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, type, QUALITY));
  return blob === null || blob.size >= file.size && scale === 1 ? file : blob;
}

async function send(file) {
  const small = await shrink(file);
  if (small.size > LIMIT_BYTES) return { problem: `“${file.name}” has more than 20 MB.` };
  const body = new FormData();
  body.set("files", small, file.name);
  const answer = await fetch("/studio/uploads", {
    method: "POST",
    headers: { Accept: "application/json" },
    body,
  });
  return await answer.json();
}

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function addToList(list, { hash, width, height }) {
  if (list.querySelector(`input[value="${hash}"]`) !== null) return;
  const number = list.children.length + 1;
  const id = `field-description-${hash}`;
  const remove = element("button", { type: "button", class: "plain" }, `Remove picture ${number}`);
  const item = element(
    "li",
    { class: "form-picture" },
    element("img", {
      src: `/mesh/1/blob/${hash}`,
      alt: `Picture ${number}, not described yet`,
      width,
      height,
    }),
    element(
      "div",
      {},
      element("input", { type: "hidden", name: "picture", value: hash }),
      element(
        "div",
        { class: "field" },
        element("label", { for: id }, `What does picture ${number} show?`),
        element("input", { id, name: `description-${hash}`, type: "text", autocomplete: "off" }),
      ),
      remove,
    ),
  );
  remove.addEventListener("click", () => item.remove());
  list.append(item);
  item.querySelector("input[type=text]").focus();
}

function addToText(area, { hash }) {
  const start = area.selectionStart;
  const before = area.value.slice(0, start);
  const gap = before === "" || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  area.setRangeText(`${gap}![](blob:${hash})\n\n`, start, area.selectionEnd, "end");
  // Between the brackets: there the person writes what the picture shows.
  const inside = start + gap.length + 2;
  area.setSelectionRange(inside, inside);
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

for (const upload of document.querySelectorAll("[data-upload]")) {
  const form = upload.closest("form");
  const input = upload.querySelector("input[type=file]");
  const status = upload.querySelector("[data-upload-status]");
  const list = form.querySelector("[data-pictures]");
  const area = form.querySelector("textarea[data-markdown], textarea[data-counter]");
  const max = Number(upload.dataset.max);
  const isInText = upload.dataset.upload === "text";
  document.body.classList.add("has-script");

  const take = async (files) => {
    const pictures = [...files].filter(isPicture);
    if (pictures.length < files.length) status.textContent = "Only pictures can be added here.";
    for (const [n, file] of pictures.entries()) {
      if (!isInText && list.children.length >= max) {
        status.textContent = `A post has up to ${max} pictures.`;
        break;
      }
      status.textContent = `Adding picture ${n + 1} of ${pictures.length} …`;
      try {
        const { picture, problem } = await send(file);
        status.textContent = problem ?? "";
        if (picture === undefined) break;
        if (isInText) addToText(area, picture);
        else addToList(list, picture);
      } catch {
        status.textContent = "No connection: the picture was not added. Please try again.";
        break;
      }
    }
    input.value = "";
  };
  input.addEventListener("change", () => take(input.files));
  area.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (!files.some(isPicture)) return;
    event.preventDefault();
    take(files);
  });
  area.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    area.classList.add("is-dropping");
  });
  for (const kind of ["dragleave", "drop"]) {
    area.addEventListener(kind, () => area.classList.remove("is-dropping"));
  }
  area.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    take(event.dataTransfer.files);
  });
}

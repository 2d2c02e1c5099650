// Shows words in the chosen colour as readers will see them, by day and by night: very nearly the shades that views/accent.ts serves.
const MIN = 4.5;
const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

/** The colour as the screen has it: red, green and blue from 0 to 255. */
const paint = (colour) => {
  context.fillStyle = "#808080";
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
};
const luminance = (channels) => {
  const [r, g, b] = channels.map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one, other) => {
  const [high, low] = [luminance(paint(one)), luminance(paint(other))].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
};
const isReadable = (colour, papers) => papers.every((paper) => contrast(colour, paper) >= MIN);

/** The nearest shade that can be read on the papers: lighter or darker, of the same hue. */
const fit = (colour, papers, step) => {
  for (let moved = 0; Math.abs(moved) < 1; moved += step) {
    const shade = moved === 0 ? colour : `oklch(from ${colour} calc(l + ${moved.toFixed(3)}) c h)`;
    if (isReadable(shade, papers)) return shade;
  }
  return step < 0 ? "#000000" : "#ffffff";
};

for (const input of document.querySelectorAll("input[data-contrast]")) {
  const place = input.closest(".field").querySelector("[data-contrast-samples]");
  const show = () => {
    for (const sample of place.children) {
      const papers = sample.dataset.papers.split(" ");
      const step = Number(sample.dataset.step);
      const shade = fit(input.value, papers, step);
      const [time, other] = step < 0
        ? ["By day", "a darker shade"]
        : ["By night", "a lighter shade"];
      const words = `${time}: ${shade === input.value ? "your colour" : other}`;
      if (sample.textContent !== words) sample.textContent = words;
      sample.style.color = shade;
      sample.style.background = papers[0];
    }
  };
  input.addEventListener("input", show);
  place.hidden = false;
  show();
}

// Says how well words in the chosen colour can be read, and shows them in it.
const MIN = 4.5;

const luminance = (colour) => {
  const [r, g, b] = [1, 3, 5].map((from) => {
    const value = parseInt(colour.slice(from, from + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one, other) => {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
};

for (const input of document.querySelectorAll("input[data-contrast]")) {
  const place = input.closest(".field").querySelector("[data-contrast-status]");
  const show = () => {
    const day = contrast(input.value, "#fcfaf6");
    const night = contrast(input.value, "#181715");
    const say = (value) => value >= MIN ? "as chosen" : "moved a little";
    place.textContent = `By day (${day.toFixed(1)}:1) ${say(day)}, by night (${
      night.toFixed(1)
    }:1) ${say(night)}.`;
  };
  input.addEventListener("input", show);
  show();
}

// Pixels made fewer and turned. Ours because the library's way takes ten bytes for each byte of the picture.

/**
 * The picture in a smaller size: each new pixel is the mean of the area it covers, by opacity. Holds one row besides
 * the result. A size that is not smaller gives the picture back.
 */
export function shrinkPixels(picture: ImageData, width: number, height: number): ImageData {
  if (width >= picture.width && height >= picture.height) return picture;
  const small = new ImageData(width, height);
  const step = picture.height / height;
  const sums = new Float64Array(width * 4);
  const line = new Float64Array(width * 4);
  let summed = -1;
  for (let row = 0; row < height; row++) {
    const from = row * step;
    const to = Math.min(picture.height, from + step);
    sums.fill(0);
    for (let y = Math.floor(from); y < to; y++) {
      // A row on the border of two belongs to both by its shares.
      if (y !== summed) sumRow(picture, y, line);
      summed = y;
      const share = Math.min(y + 1, to) - Math.max(y, from);
      for (let at = 0; at < sums.length; at++) sums[at] = (sums[at] ?? 0) + (line[at] ?? 0) * share;
    }
    writeRow(small, row, sums, step * picture.width / width);
  }
  return small;
}

/** One row in the new width: red, green and blue times opacity, and opacity, summed over what each pixel covers. */
function sumRow({ data, width }: ImageData, y: number, line: Float64Array): void {
  const step = width / (line.length / 4);
  for (let at = 0; at < line.length; at += 4) {
    const from = at / 4 * step;
    const to = Math.min(width, from + step);
    let red = 0;
    let green = 0;
    let blue = 0;
    let alpha = 0;
    for (let x = Math.floor(from); x < to; x++) {
      const pixel = (y * width + x) * 4;
      const weight = (data[pixel + 3] ?? 0) * (Math.min(x + 1, to) - Math.max(x, from));
      red += (data[pixel] ?? 0) * weight;
      green += (data[pixel + 1] ?? 0) * weight;
      blue += (data[pixel + 2] ?? 0) * weight;
      alpha += weight;
    }
    line[at] = red;
    line[at + 1] = green;
    line[at + 2] = blue;
    line[at + 3] = alpha;
  }
}

function writeRow({ data, width }: ImageData, row: number, sums: Float64Array, area: number): void {
  for (let at = 0; at < sums.length; at += 4) {
    const alpha = sums[at + 3] ?? 0;
    const pixel = row * width * 4 + at;
    if (alpha === 0) continue;
    data[pixel] = (sums[at] ?? 0) / alpha;
    data[pixel + 1] = (sums[at + 1] ?? 0) / alpha;
    data[pixel + 2] = (sums[at + 2] ?? 0) / alpha;
    data[pixel + 3] = alpha / area;
  }
}

/** Applies an EXIF orientation (CIPA DC-008 §4.6.5): afterwards the picture is upright. */
export function turnPixels(picture: ImageData, orientation: number): ImageData {
  if (orientation <= 1 || orientation > 8) return picture;
  const { width, height } = picture;
  const isSideways = orientation >= 5;
  const turned = new ImageData(isSideways ? height : width, isSideways ? width : height);
  const from = new Uint32Array(picture.data.buffer, picture.data.byteOffset, width * height);
  const to = new Uint32Array(turned.data.buffer);
  const isMirroredX = [2, 3, 7, 8].includes(orientation);
  const isMirroredY = [3, 4, 6, 7].includes(orientation);
  let at = 0;
  for (let y = 0; y < turned.height; y++) {
    for (let x = 0; x < turned.width; x++) {
      const [column, row] = isSideways ? [y, x] : [x, y];
      const sourceX = isMirroredX ? width - 1 - column : column;
      const sourceY = isMirroredY ? height - 1 - row : row;
      to[at++] = from[sourceY * width + sourceX] ?? 0;
    }
  }
  return turned;
}

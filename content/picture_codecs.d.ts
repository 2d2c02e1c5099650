type Codec = "jpegDecoder" | "jpegEncoder" | "png" | "resizer" | "webpDecoder" | "webpEncoder";

export const codecs: Readonly<Record<Codec, WebAssembly.Module>>;

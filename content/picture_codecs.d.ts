type Codec = "jpegDecoder" | "jpegEncoder" | "png" | "webpDecoder" | "webpEncoder";

export const codecs: Readonly<Record<Codec, WebAssembly.Module>>;

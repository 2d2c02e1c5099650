// The picture codecs as compiled modules. JavaScript because TypeScript does not know `import source` yet: it works in
// the program from source and in the compiled binary, with no file read and no request at run time.
import source jpegDecoder from "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm";
import source jpegEncoder from "@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm";
import source png from "@jsquash/png/codec/pkg/squoosh_png_bg.wasm";
import source webpDecoder from "@jsquash/webp/codec/dec/webp_dec.wasm";
import source webpEncoder from "@jsquash/webp/codec/enc/webp_enc_simd.wasm";

export const codecs = { jpegDecoder, jpegEncoder, png, webpDecoder, webpEncoder };

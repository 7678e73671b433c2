// Unpacking payloads of `pack` in cnnviz/formats/packing.py.

/** @typedef {{data: any, shape: number[], dtype: string, offset: number}} PackedArray  data: a typed array */

/** @type {Record<string, any>} */
const ARRAY_TYPES = { float32: Float32Array, int32: Int32Array, int16: Int16Array, uint8: Uint8Array };

/** The header, each of its arrays as {data, shape}.
 *  @param {Uint8Array} bytes
 *  @returns {any} */
export function unpack(bytes) {
  const buffer = bytes.slice().buffer; // a copy starts at offset 0, so typed arrays are aligned
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  for (const array of /** @type {PackedArray[]} */ (Object.values(header.arrays))) {
    const size = array.shape.reduce((a, b) => a * b, 1);
    const start = 4 + length + array.offset;
    array.data =
      array.dtype === "float16"
        ? fromHalf(new Uint16Array(buffer, start, size))
        : new ARRAY_TYPES[array.dtype](buffer, start, size);
  }
  return header;
}

/** The bytes that zlib has compressed.
 *  @param {Uint8Array} bytes */
export async function inflate(bytes) {
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** float16 bits -> Float32Array. Float16Array is too new to rely on; all 65,536 values are looked up.
 *  @param {Uint16Array} bits */
function fromHalf(bits) {
  HALVES ??= Float32Array.from({ length: 65536 }, (_, k) => halfValue(k));
  const values = new Float32Array(bits.length);
  for (let k = 0; k < bits.length; k++) values[k] = /** @type {Float32Array} */ (HALVES)[bits[k]];
  return values;
}

/** @type {Float32Array | null} */
let HALVES = null;

/** @param {number} h */
function halfValue(h) {
  const exponent = (h >> 10) & 31;
  const fraction = h & 1023;
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction
          ? NaN
          : Infinity
        : (1024 + fraction) * 2 ** (exponent - 25);
  return h & 0x8000 ? -size : size;
}

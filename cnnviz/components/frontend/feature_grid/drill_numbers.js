// The numbers that a drill-down needs beside those of the page: kernels, and maps that are not rounded. They are
// fetched ahead, so that a click waits for nothing; what is not there yet is shown without, or rounded.

import { unpack } from "../shared/payload.js";
import { maxPool, relu } from "./coding.js";

const AHEAD = 700_000; // numbers that are fetched while nothing else is to do: kernels, and maps
const REST_MS = 60;
const KEPT_BYTES = 32e6; // of the kernels that a view has used: several times what is fetched ahead
const SHARED_BYTES = 64e6; // of those that all views share

/** Files of kernels by their addresses, the oldest first. bytes: 0 while it is on its way.
 *  @type {Map<string, {file: Promise<any>, bytes: number}>} */
const files = new Map();

/** The address of this server. */
const server = () => import.meta.url.split("/_stcore/")[0];

/** The bytes at an address of this server; where there is none, the view has a `fetchFile` of its own.
 *  @param {string} address
 *  @param {RequestInit} options */
export async function fetchFromServer(address, options) {
  const answer = await fetch(server() + address, options);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

const fetchArrays = async (view, address, options) => unpack(await view.fetchFile(address, options));

/** The part of a layer's kernels that a map needs: {first, arrays}, once it is there.
 *  @param {import("../shared/view.js").View} view
 *  @param {string} address */
function kernelFile(view, address) {
  const known = files.get(address);
  if (known) return known.file;
  // the content of an address never changes
  const shared = { file: fetchArrays(view, address, { cache: "force-cache" }), bytes: 0 };
  files.set(address, shared);
  shared.file.then(
    (file) => {
      shared.bytes = bytesOf(file);
      let bytes = [...files.values()].reduce((sum, each) => sum + each.bytes, 0);
      for (const [old, each] of files) {
        if (bytes <= SHARED_BYTES) return;
        files.delete(old);
        bytes -= each.bytes;
      }
    },
    () => {}, // the caller gets the error
  );
  return shared.file;
}

/** The kernel of a map: {kernel, bias}; null while it is not there, or if there is none. */
export function kernelOf(view, layer, map) {
  const file = layer.drill?.file && view.kernels.get(addressOf(view, layer, map));
  if (!file) return null;
  const { kernel, bias } = file.arrays;
  const size = kernel.data.length / kernel.shape[0];
  const at = map - file.first;
  return { kernel: kernel.data.subarray(at * size, (at + 1) * size), bias: bias ? bias.data[at] : 0 };
}

export function addressOf(view, { name, drill }, map) {
  const address = `${view.scene.drill.kernels}/${encodeURIComponent(name)}`;
  return drill.file === "map" ? `${address}/${map}` : address;
}

/** Fetch the kernel of a map. `view.kernels` holds what is there: a file, or null if it cannot be fetched. */
async function fetchKernel(view, layer, map) {
  if (!layer.drill?.file) return;
  const address = addressOf(view, layer, map);
  const known = view.kernels.get(address);
  if (known) return keepKernel(view, address, known);
  try {
    keepKernel(view, address, await kernelFile(view, address));
  } catch {
    files.delete(address); // the next visitor to this map asks again
    keepKernel(view, address, null);
  }
  view.arrived?.();
}

/** Keep a file as the newest one; the oldest ones make room for it. */
function keepKernel({ kernels }, address, file) {
  kernels.delete(address);
  kernels.set(address, file);
  let bytes = [...kernels.values()].reduce((sum, each) => sum + bytesOf(each), 0);
  for (const [old, each] of kernels) {
    if (bytes <= KEPT_BYTES || old === address) return;
    kernels.delete(old);
    bytes -= bytesOf(each);
  }
}

/** @param {{arrays: Record<string, {data: ArrayBufferView}>} | null} file */
const bytesOf = (file) => Object.values(file?.arrays ?? {}).reduce((sum, { data }) => sum + data.byteLength, 0);

/** The values of a layer, or of the picture (-1): {data, count, height, width, exact}. A vector is maps of one cell. */
export function mapsOf(view, index) {
  if (index < 0) return view.preprocessed;
  const layer = view.layers[index];
  const exact = exactOf(view, index);
  const shape = layer.isVector
    ? { count: layer.width, height: 1, width: 1 }
    : { count: layer.count, height: layer.height, width: layer.width };
  return { ...shape, data: exact ?? layer.data, exact: exact !== null };
}

/** A layer's exact values, or null while they are not there. */
function exactOf(view, index) {
  const layer = view.layers[index];
  if (layer.isVector) return layer.data; // never rounded
  const known = view.exact.get(layer.name);
  if (known) return known;
  if (!layer.derived) return null;
  const source = view.layers[layer.takes[0]];
  const before = exactOf(view, source.index);
  if (!before) return null;
  const own =
    layer.derived === "relu"
      ? relu(before)
      : maxPool(before, [source.count, source.height, source.width], layer.window, [layer.height, layer.width]);
  view.exact.set(layer.name, own);
  return own;
}

/** The layers that have to be fetched for a layer's exact values. */
function neededFor(view, index) {
  const layer = view.layers[index];
  if (!layer || layer.isVector || view.exact.has(layer.name) || view.fetching.has(layer.name)) return [];
  return layer.derived ? neededFor(view, layer.takes[0]) : [layer.name];
}

/** Fetch the exact values of layers. */
async function fetchMaps(view, indices) {
  const names = [...new Set(indices.flatMap((index) => neededFor(view, index)))];
  if (!names.length) return;
  const { exact, fetching } = view; // those of this picture
  for (const name of names) fetching.add(name);
  try {
    const query = names.map((name) => `layer=${encodeURIComponent(name)}`).join("&");
    const { arrays } = await fetchArrays(view, `${view.scene.drill.maps}?${query}`, {
      method: "POST",
      body: pixels(view),
    });
    for (const name of names) exact.set(name, arrays[name].data);
  } catch {
    // the drill-down stays rounded, and is marked as such
  }
  for (const name of names) fetching.delete(name);
  if (exact === view.exact) view.arrived?.();
}

/** The picture as the server had it: of a grey one, one channel. */
function pixels({ scene }) {
  const { data } = scene.arrays.image;
  return scene.grey ? data.filter((_, k) => k % 3 === 0) : data;
}

/** The picture as the network takes it: (pixel / divisor - mean) / deviation in float32, as `Preprocessing` does. */
export function preprocess({ data, shape: [height, width] }, grey, { divisor, mean, deviation }) {
  const count = grey ? 1 : 3;
  const values = new Float32Array(count * height * width);
  const f = Math.fround;
  for (let c = 0; c < count; c++)
    for (let k = 0; k < height * width; k++) {
      let value = f(data[3 * k + c] / f(divisor));
      if (mean.length) value = f(value - f(mean[c]));
      if (deviation.length) value = f(value / f(deviation[c]));
      values[c * height * width + k] = value;
    }
  return { data: values, count, height, width, exact: true };
}

/** The network's input, if the scene has it because it cannot be computed from the picture. */
function given({ arrays: { input } }) {
  if (!input) return null;
  const [count, height, width] = input.shape;
  return { data: input.data, count, height, width, exact: true };
}

/** Another picture, or another network: forget the numbers of the one before. */
export function renewNumbers(view) {
  const { scene } = view;
  view.kernels ??= new Map();
  view.exact = new Map();
  view.fetching = new Set();
  view.prepared = null;
  if (scene.drill) view.preprocessed = given(scene) ?? preprocess(scene.arrays.image, scene.grey, scene.drill);
}

/** Fetch the data of a position, if the visitor has turned to the grid; soon, as the pointer may only pass over it. */
export function prepare(view, { layer: index, map, col }) {
  const layer = view.layers[index];
  const wanted = `${index} ${layer.drill?.file === "map" ? (layer.isVector ? col : map) : ""}`;
  if (!view.scene.drill || view.prepared === wanted || view.mapsAheadOf !== view.exact) return;
  view.prepared = wanted;
  clearTimeout(view.preparing);
  view.preparing = setTimeout(() => fetchFor(view, index, layer.isVector ? col : map), REST_MS);
}

/** Fetch the inputs of a map. */
export function fetchFor(view, index, map) {
  const layer = view.layers[index];
  return Promise.all([
    fetchKernel(view, layer, map),
    fetchMaps(view, [index, ...layer.takes.filter((index) => index !== null)]),
  ]);
}

/** Fetch the kernels of a network that clicks may need: once to each browser. */
export function fetchKernelsAhead(view) {
  const { drill } = view.scene;
  if (!drill || view.kernelsAheadOf === drill.kernels) return;
  view.kernelsAheadOf = drill.kernels;
  walkAhead(
    view,
    () => view.scene.drill?.kernels === drill.kernels,
    (layer) => {
      if (layer.drill?.file === "layer") return fetchKernel(view, layer, 0);
    },
  );
}

/** Fetch the maps of a picture that clicks may need, once the visitor turns to the grid: who only looks at one picture
 *  after the other needs none. */
export function fetchMapsAhead(view) {
  const { exact } = view;
  if (!view.scene.drill || view.mapsAheadOf === exact) return;
  view.mapsAheadOf = exact;
  walkAhead(
    view,
    () => view.exact === exact,
    ({ index }) => fetchMaps(view, [index]),
  );
}

/** Do something for layer after layer, as long as it is wanted, and as far as that is little. */
function walkAhead(view, wanted, work) {
  let room = AHEAD;
  const near = view.layers.filter(({ drill, isVector, derived, data }) => {
    room -= (drill?.file === "layer" ? drill.weights / 2 : 0) + (isVector || derived ? 0 : data.length);
    return room >= 0;
  });
  const next = async (k) => {
    if (k >= near.length || !wanted() || !view.root.isConnected) return;
    await work(near[k]);
    setTimeout(next, 30, k + 1);
  };
  setTimeout(next, 30, 0);
}

// The kernels that a drill-down fetches.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fetchFor, kernelOf } from "../../cnnviz/components/frontend/feature_grid/drill_numbers.js";

const UNIT = 250_000; // weights of a unit: 1 MB

/** What `pack` writes of a unit's kernel. */
function packed(first, unit = UNIT) {
  const header = { first, arrays: { kernel: { dtype: "float32", shape: [1, 1, 1, unit], offset: 0 } } };
  const text = new TextEncoder().encode(JSON.stringify(header).padEnd(124));
  const bytes = new Uint8Array(4 + text.length + 4 * unit);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  return bytes;
}

test("of many units' kernels the newest stay, and those before are fetched again", async () => {
  const asked = [];
  const layer = { name: "dense1", index: 0, isVector: true, takes: [], drill: { file: "map" } };
  const view = {
    layers: [layer],
    scene: { drill: { kernels: "/kernels" } },
    kernels: new Map(),
    fetchFile: async (address) => {
      asked.push(address);
      return packed(Number(address.split("/").at(-1)));
    },
  };
  for (let unit = 0; unit < 40; unit++) await fetchFor(view, 0, unit);
  const bytes = [...view.kernels.values()].reduce((sum, { arrays }) => sum + arrays.kernel.data.byteLength, 0);
  assert.ok(bytes <= 32e6, `${bytes} bytes`);
  assert.equal(kernelOf(view, layer, 39)?.kernel.length, UNIT);
  assert.equal(kernelOf(view, layer, 0), null);
  await fetchFor(view, 0, 0);
  assert.equal(kernelOf(view, layer, 0)?.kernel.length, UNIT);
  assert.equal(asked.length, 40); // what many views share is at hand
});

test("what all views share is bounded in bytes, not in files", async () => {
  let asked = 0;
  const layer = { name: "dense2", index: 0, isVector: true, takes: [], drill: { file: "map" } };
  const scene = { drill: { kernels: "/others" } };
  const newView = () => ({
    layers: [layer],
    scene,
    kernels: new Map(),
    fetchFile: async (address) => {
      asked += 1;
      return packed(Number(address.split("/").at(-1)), 4 * UNIT);
    },
  });
  const view = newView();
  for (let unit = 0; unit < 20; unit++) await fetchFor(view, 0, unit); // 80 MB
  await fetchFor(newView(), 0, 19);
  assert.equal(asked, 20);
  await fetchFor(newView(), 0, 0);
  assert.equal(asked, 21);
});

// Where things are in the overview of a large network.

import assert from "node:assert/strict";
import { test } from "node:test";
import { forgetCells, overviewHost } from "../../cnnviz/components/frontend/layer_overview/drill_host.js";
import { fieldInPicture } from "../../cnnviz/components/frontend/layer_overview/painting.js";
import {
  bySize,
  corner,
  middleOf,
  movedTo,
  onPage,
  pageOf,
  sizesOf,
  tileAt,
  tiling,
} from "../../cnnviz/components/frontend/layer_overview/positions.js";
import { listed } from "../../cnnviz/components/frontend/shared/values.js";

const LAYERS = [
  { name: "conv1", shape: [112, 112, 32], maps: [3, 9], strongest: 9 },
  { name: "relu1", shape: [112, 112, 32], maps: [3, 9], strongest: 3 },
  { name: "conv2", shape: [7, 7, 1280], maps: [5], strongest: 5 },
  { name: "pool", shape: [1280], maps: null, strongest: 287 },
  { name: "logits", shape: [1000], maps: null, strongest: 285 },
  { name: "softmax", shape: [1000], maps: null, strongest: 285 },
];

test("maps lie on pages", () => {
  assert.deepEqual([0, 47, 48, 1279].map(pageOf), [0, 0, 48, 1248]);
  assert.deepEqual([onPage(0, 32), onPage(0, 1280), onPage(1248, 1280)], [32, 48, 32]);
});

test("tiles fit into the width, and a point finds its tile", () => {
  for (const width of [60, 330, 900, 2000]) {
    const tiles = tiling(32, width, 84);
    assert.ok(tiles.width <= width, `${tiles.width} > ${width}`);
    assert.ok(tiles.columns * tiles.rows >= 32);
    for (const k of [0, 5, 31]) {
      const [x, y] = corner(tiles, k);
      assert.equal(tileAt(tiles, 32, x + 1, y + tiles.tile - 1), k);
    }
  }
  const tiles = tiling(32, 900, 84);
  assert.equal(tileAt(tiles, 32, 899, 10_000), -1);
});

test("a vector is one row", () => {
  assert.deepEqual(sizesOf([1000]), { height: 1, width: 1000, count: 1 });
});

test("another layer shows the same part of the picture, and the same map in a layer of as many", () => {
  const position = { layer: 0, map: 12, row: 56, col: 100 };
  assert.deepEqual(movedTo(LAYERS, position, 1), { layer: 1, map: 12, row: 56, col: 100 });
  assert.deepEqual(movedTo(LAYERS, position, 2), { layer: 2, map: 5, row: 3, col: 6 });
  assert.deepEqual(movedTo(LAYERS, position, 3), middleOf(LAYERS, 3));
  assert.deepEqual(middleOf(LAYERS, 0), { layer: 0, map: 9, row: 56, col: 56 });
});

test("a vector opens at its largest number, such as the winning class, and one as long stays at the same number", () => {
  assert.deepEqual(middleOf(LAYERS, 4), { layer: 4, map: 0, row: 0, col: 285 });
  assert.deepEqual(movedTo(LAYERS, { layer: 3, map: 0, row: 0, col: 7 }, 4), middleOf(LAYERS, 4));
  assert.deepEqual(movedTo(LAYERS, { layer: 4, map: 0, row: 0, col: 7 }, 5), { layer: 5, map: 0, row: 0, col: 7 });
  assert.deepEqual(movedTo(LAYERS, { layer: 5, map: 0, row: 0, col: 7 }, 2), middleOf(LAYERS, 2));
});

test("layers are grouped by the size of their maps", () => {
  assert.deepEqual(bySize(LAYERS), [
    { size: "112 × 112", indices: [0, 1] },
    { size: "7 × 7", indices: [2] },
    { size: "", indices: [3, 4, 5] },
  ]);
});

test("a receptive field is cut at the picture's edge", () => {
  const field = { size: [5, 5], jump: [2, 2], start: [-2, -2] };
  assert.deepEqual(fieldInPicture(field, { row: 0, col: 3 }, [224, 224]), { top: 0, left: 4, bottom: 2, right: 8 });
  assert.equal(fieldInPicture(null, { row: 0, col: 3 }, [224, 224]), null);
});

test("of many classes the most probable are listed, and those that always are", () => {
  const few = Array.from({ length: 24 }, (_, k) => k);
  assert.ok(listed(few).every(Boolean));
  const many = Array.from({ length: 1000 }, (_, k) => (k * 7919) % 1000);
  const shown = listed(many, [5]);
  assert.equal(shown.filter(Boolean).length, 13);
  assert.ok(shown[5]);
  assert.deepEqual(
    many.filter((_, k) => shown[k] && k !== 5).sort((a, b) => b - a),
    [999, 998, 997, 996, 995, 994, 993, 992, 991, 990, 989, 988],
  );
  assert.equal(listed(Array(1000).fill(0)).filter(Boolean).length, 12);
});

test("a map's picture is asked for again when another picture comes before it has arrived", async () => {
  const drawing = { drawImage: () => {} };
  const pen = {
    createImageData: (width, height) => ({ data: new Uint8ClampedArray(4 * width * height) }),
    putImageData: () => {},
  };
  const asked = [];
  const answersTo = (picture) => ({
    get: () => undefined,
    once: (_, layer, rest) => {
      asked.push(`${picture} ${layer} ${rest}`);
      return new Promise(() => {}); // on its way
    },
  });
  const layer = { name: "conv1", index: 0, maps: [], height: 2, width: 2, full: 1 };
  const view = {
    answers: answersTo("cat"),
    scene: { zero: 128, levels: 127 },
    codes: new Uint32Array(256),
    scratch: { getContext: () => pen },
  };
  const host = overviewHost(view, { select: () => {} });
  const drawn = async () => {
    host.draw(/** @type {any} */ (drawing), layer, 7, 4, 4);
    await new Promise((done) => setTimeout(done, 5));
  };
  await drawn();
  await drawn();
  assert.deepEqual(asked, ["cat conv1 ?map=7"]); // once, as long as it is on its way
  forgetCells(Object.assign(view, { answers: answersTo("dog") }));
  await drawn();
  assert.deepEqual(asked, ["cat conv1 ?map=7", "dog conv1 ?map=7"]);
});

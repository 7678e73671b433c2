// The journey's timeline: which stages a network has, and what is where when.

import assert from "node:assert/strict";
import { test } from "node:test";
import { maxPool } from "../../cnnviz/components/frontend/feature_grid/coding.js";
import {
  falling,
  inside,
  inTurn,
  lineUp,
  panels,
  passing,
  peaks,
  plan,
  racing,
  scatter,
  stageAt,
  stillTime,
  swept,
  tileBox,
  tiling,
} from "../../cnnviz/components/frontend/feature_grid/timeline.js";

const KINDS = {
  conv: { part: "conv", kind: "conv" },
  norm: { kind: "batch_norm", channelwise: true },
  relu: { kind: "relu", derived: "relu", channelwise: true },
  pool: { kind: "max_pool", part: "pool", derived: "max_pool", channelwise: true },
  mean: { kind: "average_pool", part: "pool", channelwise: true },
  add: { kind: "add", part: "join", symbol: "+", channelwise: true },
  global: { kind: "global_average_pool", part: "vector", isVector: true },
  dense: { kind: "dense", part: "vector", isVector: true },
  softmax: { kind: "softmax", isVector: true, answer: true },
};

/** Layers one after the other; "add-6" takes layer 6 too, "dense*" flattens first. */
function network(text) {
  const layers = text.split(" ").map((word, index) => {
    const [, name, skip, flattened] = /^([a-z]+)(?:-(\d+))?(\*?)$/.exec(word);
    const takes = [index ? index - 1 : null, ...(skip ? [Number(skip)] : [])];
    return {
      part: null,
      derived: null,
      answer: false,
      isVector: false,
      ...KINDS[name],
      index,
      takes,
      flattened: !!flattened,
    };
  });
  for (const layer of layers) {
    layer.isVector ||= Boolean(layers[layer.takes[0]]?.isVector);
    layer.scores = layers[layer.index + 1]?.answer ?? false;
    layer.chain = layer.channelwise && layer.index && !layer.isVector ? layers[layer.index - 1].chain : layer.index;
  }
  return layers;
}

const phases = (text) => plan(network(text)).stages.map(({ phase }) => phase);
const LECTURE = "conv relu conv relu pool dense* relu dense softmax";
const RESIDUAL = `conv norm relu ${"conv norm relu conv norm add-2 relu ".repeat(3)}global dense softmax`;

test("the lecture's network: each idea has its stage, in order", () => {
  assert.deepEqual(phases(LECTURE), [
    ...["enter", "sweep", "drop", "sweep_maps", "drop", "collapse"],
    ...["line", "dense", "drop", "scores", "race"],
  ]);
});

test("a network without maps lines up the picture's own numbers", () => {
  assert.deepEqual(phases("dense* relu dense relu dense softmax"), [
    ...["enter", "line", "dense", "drop", "again", "scores", "race"],
  ]);
});

test("what repeats is gathered, and shown once for each chain of layers", () => {
  const { stages } = plan(network(RESIDUAL));
  assert.deepEqual(
    stages.map(({ phase }) => phase),
    ["enter", "sweep", "morph", "drop", "sweep_maps", "again", "join", "again", "gather", "scores", "race"],
  );
  assert.deepEqual(
    [stages[5].layers, stages[5].shown],
    [
      [4, 5, 6, 7],
      [5, 7],
    ],
  );
});

test("where maps and vectors come again in turn many times they are one stage, of which maps are shown", () => {
  const layers = network(`conv relu${" global dense conv relu".repeat(30)} global dense softmax`).map((layer) => ({
    ...layer,
    isVector: layer.part === "vector" || layer.answer,
    chain: layer.derived ? layer.index - 1 : layer.index,
  }));
  const { stages } = plan(layers);
  const [again] = stages.filter(({ phase }) => phase === "again");
  assert.ok(stages.length < 10);
  assert.equal(again.shown.length, 30);
});

test("mean and maximum of windows are two ideas", () => {
  assert.deepEqual(phases("conv pool conv mean pool"), [
    "enter",
    "sweep",
    "collapse",
    "sweep_maps",
    "average",
    "collapse",
  ]);
});

test("every layer is in a stage, the stages fill the time, and it is never long", () => {
  for (const text of [
    LECTURE,
    RESIDUAL,
    RESIDUAL.replace("norm relu conv", `norm relu ${"conv relu ".repeat(40)}conv`),
  ]) {
    const layers = network(text);
    const { stages, seconds } = plan(layers);
    const told = stages.filter(({ phase }) => phase !== "line").flatMap((stage) => stage.layers);
    assert.deepEqual(
      told,
      layers.map(({ index }) => index),
    );
    assert.equal(stages[0].start, 0);
    assert.equal(stages.at(-1).end, 1);
    stages.slice(1).forEach(({ start, end }, k) => {
      assert.equal(start, stages[k].end);
      assert.ok(end > start);
    });
    assert.ok(seconds >= 13 && seconds <= 20.01, String(seconds));
  }
});

test("a time is in one stage, and stills are inside of theirs", () => {
  const { stages } = plan(network(LECTURE));
  assert.deepEqual(stageAt(stages, 0), { index: 0, progress: 0 });
  assert.deepEqual(stageAt(stages, 1), { index: stages.length - 1, progress: 1 });
  assert.deepEqual(stageAt(stages, stages[3].start), { index: 3, progress: 0 });
  stages.forEach((stage, k) => assert.equal(stageAt(stages, stillTime(stage)).index, k));
});

test("the kernel begins slowly and computes every cell once", () => {
  assert.equal(swept(0, 1024), 0);
  assert.equal(swept(1, 1024), 1024);
  const steps = Array.from({ length: 101 }, (_, k) => swept(k / 100, 1024));
  const speeds = steps.slice(1).map((n, k) => n - steps[k]);
  assert.ok(speeds.every((n) => n >= 0));
  assert.ok(speeds[1] <= 1 && speeds[99] > 20);
});

test("what the window passes lies in the row where it is now", () => {
  assert.deepEqual(passing(3, 5, 8, 8), { row: 0, from: 3, to: 5 });
  assert.deepEqual(passing(3, 20, 8, 8), { row: 2, from: 0, to: 4 });
  assert.deepEqual(passing(60, 64, 8, 8), { row: 7, from: 4, to: 7 });
});

test("cells that drop out are there at first and gone in the end, those at the bottom first", () => {
  for (const [height, chance] of [
    [0, 0],
    [1, 0.999],
    [0.5, 0.3],
  ]) {
    assert.deepEqual(falling(0, height, chance), { drop: 0, alpha: 1 });
    assert.equal(falling(1, height, chance).alpha, 0);
  }
  assert.ok(falling(0.4, 0, 0.5).drop > falling(0.4, 1, 0.5).drop);
  const chances = Array.from({ length: 1000 }, (_, k) => scatter(k));
  assert.ok(chances.every((chance) => chance >= 0 && chance < 1));
  assert.ok(Math.abs(chances.reduce((a, b) => a + b) / 1000 - 0.5) < 0.05);
});

test("one after the other: the first begins, the last ends", () => {
  assert.deepEqual([inTurn(0, 0, 5), inTurn(1, 4, 5), inTurn(1, 0, 1)], [0, 1, 1]);
  assert.ok(inTurn(0.3, 0, 5) > inTurn(0.3, 1, 5));
});

test("the largest value of a window is where max-pooling takes it from", () => {
  const values = Float32Array.from({ length: 35 }, (_, k) => Math.sin(7 * k));
  for (const [window, output] of [
    [{ size: [2, 2], stride: [2, 2], start: [0, 0] }, [2, 3]],
    [{ size: [3, 3], stride: [2, 2], start: [-1, -1] }, [3, 4]],
  ]) {
    const found = peaks(values, [5, 7], window, output);
    assert.deepEqual(
      Float32Array.from(found, (k) => values[k]),
      maxPool(values, [1, 5, 7], window, output),
    );
  }
});

test("the row of flattening: cell after cell, of each the number in every map", () => {
  // two maps of 1 x 3
  assert.deepEqual([...lineUp(Float32Array.of(1, 2, 3, 10, 20, 30), 2)], [1, 10, 2, 20, 3, 30]);
});

test("the race starts equal and ends at softmax", () => {
  const logits = [1, 3, -2];
  assert.deepEqual(racing(logits, 0), [1 / 3, 1 / 3, 1 / 3]);
  const powers = logits.map(Math.exp);
  const sum = powers.reduce((a, b) => a + b);
  racing(logits, 1).forEach((share, k) => assert.ok(Math.abs(share - powers[k] / sum) < 1e-12));
  assert.ok(racing([5000, 1], 1).every(Number.isFinite));
});

test("both panels lie inside of the room, apart, at every size", () => {
  for (const [width, height] of [
    [1030, 560],
    [640, 400],
    [358, 460],
    [3200, 1700],
    [320, 260],
  ]) {
    const { first, second, whole, stacked } = panels(width, height);
    for (const box of [first, second, whole]) {
      assert.ok(box.x >= 0 && box.y >= 0 && box.width > 80 && box.height > 80, JSON.stringify(box));
      assert.ok(box.x + box.width <= width && box.y + box.height <= height, JSON.stringify([width, height, box]));
    }
    assert.ok(stacked ? second.y >= first.y + first.height : second.x >= first.x + first.width);
  }
});

test("tiles lie inside of their box and do not overlap", () => {
  const box = { x: 10, y: 20, width: 500, height: 400 };
  for (const [count, shape] of [
    [32, 1],
    [256, 1],
    [1, 1],
    [7, 16],
    [512, 1],
    [4000, 1],
  ]) {
    const tiles = tiling(box, count, shape);
    const boxes = Array.from({ length: count }, (_, k) => tileBox(tiles, k));
    for (const { x, y, width, height } of boxes) {
      assert.ok(x >= box.x && y >= box.y && width > 0 && height > 0);
      assert.ok(x + width <= box.x + box.width + 0.5 && y + height <= box.y + box.height + 0.5, `${count} ${shape}`);
    }
    assert.equal(new Set(boxes.map(({ x, y }) => `${x} ${y}`)).size, count);
  }
});

test("the largest box of a shape", () => {
  assert.deepEqual(inside({ x: 0, y: 0, width: 200, height: 100 }, 1), { x: 50, y: 0, width: 100, height: 100 });
  assert.deepEqual(inside({ x: 0, y: 0, width: 100, height: 100 }, 4), { x: 0, y: 37.5, width: 100, height: 25 });
});

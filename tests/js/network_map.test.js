import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange, BOX, left, route } from "../../cnnviz/components/frontend/network_map/arrange.js";
import {
  all,
  connections,
  grow,
  reveal,
  search,
  shown,
  standing,
} from "../../cnnviz/components/frontend/network_map/tree.js";

// image -> 0 -> [1 -> 2, 3 = 0 + 2] -> 4
const LAYERS = [
  { title: "Convolution 1", name: "conv1", kind: "convolution", inputs: [-1] },
  { title: "Convolution 2", name: "conv2", kind: "convolution", inputs: [0] },
  { title: "ReLU 1", name: "relu1", kind: "ReLU", inputs: [1] },
  { title: "Addition 1", name: "add1", kind: "addition", inputs: [2, 0] },
  { title: "Softmax 1", name: "softmax", kind: "softmax", inputs: [3] },
];
const GIVEN = [
  0,
  { id: "1-3", kind: "block", title: "Block 1", parts: [{ id: "1-2", kind: "unit", title: "C", parts: [1, 2] }, 3] },
  4,
];
const SOURCES = LAYERS.map(({ inputs }) => inputs);
const tree = () => grow(GIVEN, LAYERS);

const ends = (open) => {
  const parts = shown(tree(), open);
  return connections(LAYERS, standing(parts, open)).map(({ from, to }) => `${from.id}>${to.id}`);
};

test("a closed part stands for all its layers, and nothing leads from it to itself", () => {
  assert.deepEqual(ends(new Set()), ["0>1-3", "1-3>4"]);
  assert.deepEqual(ends(new Set(["1-3"])), ["0>1-2", "1-2>3", "0>3", "3>4"]);
  assert.deepEqual(ends(new Set(["1-3", "1-2"])), ["0>1", "1>2", "2>3", "0>3", "3>4"]);
});

test("each layer stands once, whatever is open", () => {
  for (const open of [[], ["1-3"], ["1-2"], ["1-3", "1-2"]]) {
    const parts = shown(tree(), new Set(open));
    assert.deepEqual([...standing(parts, new Set(open)).keys()].sort(), [0, 1, 2, 3, 4]);
  }
});

test("all that is above a layer is opened for it", () => {
  const open = new Set();
  reveal(
    all(tree()).find(({ layer }) => layer === 2),
    open,
  );
  assert.deepEqual([...open].sort(), ["1-2", "1-3"]);
});

test("a layer is found by any of its names", () => {
  assert.deepEqual(search(LAYERS, "CONV 2"), [1]);
  assert.deepEqual(search(LAYERS, "relu"), [2]);
  assert.deepEqual(search(LAYERS, "add1"), [3]);
  assert.deepEqual(search(LAYERS, "  "), []);
  assert.deepEqual(search(LAYERS, "lstm"), []);
});

const inside = (inner, outer) =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;
const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

test("boxes do not overlap, what is open holds what is in it, and inputs lie above", () => {
  for (const names of [[], ["1-3"], ["1-3", "1-2"]]) {
    const open = new Set(names);
    const parts = tree();
    const { boxes, width, height } = arrange(parts, open, SOURCES);
    const visible = shown(parts, open);
    for (const part of visible) {
      const box = boxes.get(part);
      assert.ok(inside(box, { x: 0, y: 0, width, height }), `${part.id} of ${names}`);
      if (part.parent) assert.ok(inside(box, boxes.get(part.parent)), part.id);
      for (const other of visible)
        if (other !== part && other.parent === part.parent) assert.ok(apart(box, boxes.get(other)));
    }
    for (const { from, to } of connections(LAYERS, standing(visible, open)))
      assert.ok(boxes.get(from).y + boxes.get(from).height <= boxes.get(to).y);
  }
});

test("branches lie side by side", () => {
  const layers = [[-1], [0], [0], [1, 2]].map((inputs, k) => ({ title: `${k}`, name: `${k}`, kind: "", inputs }));
  const parts = grow([0, 1, 2, 3], layers);
  const { boxes, width } = arrange(
    parts,
    new Set(),
    layers.map(({ inputs }) => inputs),
  );
  const [top, left, right, bottom] = parts.map((part) => boxes.get(part));
  assert.equal(left.y, right.y);
  assert.ok(left.x + BOX.width < right.x);
  assert.equal(top.x + BOX.width / 2, width / 2);
  assert.equal(bottom.x, top.x);
});

test("what is said of a connection stands below the outermost block that it leaves", () => {
  const [outer, inner, inside_, after] = [{ parent: null }, {}, {}, { parent: null, first: 4 }];
  Object.assign(outer, { leaves: [0, 1, 2], first: 0 });
  Object.assign(inner, { parent: outer, leaves: [0, 1], first: 0 });
  Object.assign(inside_, { parent: inner, leaves: [1], first: 1 });
  assert.equal(left(inside_, after), outer);
  assert.equal(left(inside_, { parent: outer, first: 2 }), inner);
  assert.equal(left(inside_, { parent: inner, first: 0 }), inside_);
});

test("boxes are as wide as they are asked to be", () => {
  const parts = tree();
  const { boxes } = arrange(parts, new Set(), SOURCES, { width: 300, height: 56 });
  assert.ok(parts.every((part) => boxes.get(part).width === 300));
});

test("a connection goes past what lies between", () => {
  const box = (y, x = 0) => ({ x, y, width: 100, height: 50 });
  const straight = route(box(0), box(100), [box(0), box(100)]);
  assert.equal(straight.aside, null);
  const [from, middle, to] = [box(0), box(100), box(200)];
  const first = route(from, to, [from, middle, to]);
  assert.ok(first.aside > 100);
  assert.ok(route(from, to, [from, middle, to], 1).aside > first.aside);
  assert.equal(route(from, to, [from, box(100, 300), to]).aside, null); // nothing in the way
});

test("five hundred layers with a skip at each are arranged", () => {
  const inputs = Array.from({ length: 500 }, (_, k) => (k < 2 ? [k - 1] : [k - 1, k - 2]));
  const layers = inputs.map((own, k) => ({ title: `${k}`, name: `${k}`, kind: "", inputs: own }));
  const parts = grow(
    layers.map((_, k) => k),
    layers,
  );
  const { boxes } = arrange(parts, new Set(), inputs);
  assert.equal(boxes.size, 500);
  assert.ok(parts.every((part, k) => k === 0 || boxes.get(part).y > boxes.get(parts[k - 1]).y));
});

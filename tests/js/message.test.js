// What the visitor selects: sent once, and only at rest; what Python passes back of it is no wish of its own.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import {
  SelectionSync,
  select as selectIn,
  send,
  setLeaving,
  syncSelection,
} from "../../cnnviz/components/frontend/shared/message.js";

const DELAY = 500; // ms

let sent, selected, busy, sync;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  [sent, selected, busy] = [[], { cell: "a" }, false];
  sync = new SelectionSync((message) => sent.push(message), { current: () => ({ ...selected }), busy: () => busy });
});

function select(change) {
  Object.assign(selected, change);
  sync.changed();
}

/** Take in what Python passes; return the fields that are taken over. */
function receive(given) {
  const wanted = sync.receive(given);
  Object.assign(selected, wanted);
  return Object.keys(wanted);
}

for (const [visited, passed, wanted] of [
  ["", "aab", [true, false, true]], // the first cell, itself again, another one
  ["bc", "aabc", [true, false, false, false]], // an older cell that comes back is no wish, nor is the last one
  ["bab", "abab", [true, false, false, false]], // there and back and there again
  ["bc", "acb", [true, false, true]], // c was the last that was sent: b is the page's own wish
  ["b", "aca", [true, true, true]],
])
  test(`what comes back is no wish: ${visited || "nothing"} selected, ${passed} passed`, () => {
    const taken = [receive({ cell: passed[0] }).length > 0];
    for (const cell of visited) {
      select({ cell });
      sync.flush();
    }
    assert.equal(sent.map(({ cell }) => cell).join(""), visited);
    for (const cell of passed.slice(1)) taken.push(receive({ cell }).length > 0);
    assert.deepEqual(taken, wanted);
  });

test("a selection is sent once, half a second after its last change", () => {
  receive({ cell: "a" });
  select({ cell: "b" });
  mock.timers.tick(DELAY - 1);
  select({ cell: "c" });
  mock.timers.tick(DELAY - 1);
  assert.deepEqual(sent, []);
  mock.timers.tick(1);
  assert.deepEqual(sent, [{ cell: "c" }]);
  sync.flush();
  select({ cell: "d" });
  select({ cell: "c" });
  mock.timers.tick(DELAY);
  assert.deepEqual(sent, [{ cell: "c" }]); // as it was sent already
});

test("what is dragged, played or in flight is not sent, not even on leaving", () => {
  receive({ cell: "a" });
  busy = true;
  select({ cell: "b" });
  sync.flush();
  mock.timers.tick(10 * DELAY);
  assert.deepEqual(sent, []);
  busy = false;
  mock.timers.tick(DELAY);
  assert.deepEqual(sent, [{ cell: "b" }]);
});

test("what is chosen beside the selection is sent with it, at once, instead of it", () => {
  receive({ cell: "a" });
  select({ cell: "b" });
  sync.send({ unit: 7 });
  mock.timers.tick(DELAY);
  assert.deepEqual(sent, [{ cell: "b", unit: 7 }]);
  assert.deepEqual(receive({ cell: "b" }), []);
});

test("a field that Python changes leaves the visitor's own change of another alone", () => {
  selected = { entry: 1, temperature: 1 };
  receive({ entry: 1, temperature: 1 });
  select({ temperature: 2 });
  assert.deepEqual(receive({ entry: 5, temperature: 1 }), ["entry"]);
  mock.timers.tick(DELAY);
  assert.deepEqual(sent, [{ entry: 5, temperature: 2 }]);
  assert.deepEqual(receive({ entry: 9, temperature: 2 }), ["entry"]);
});

test("a view sends its selection on leaving, but not on the way to another step, and nothing after its end", () => {
  const [listening, ending] = [{}, []];
  const on = (_, type, handler) => (listening[type] = handler);
  const view = { root: {}, setTriggerValue: (name, value) => sent.push([name, value]) };
  sync = syncSelection(
    view,
    { on, onEnd: (handler) => ending.push(handler) },
    { current: () => ({ ...selected }), message: ({ cell }) => ({ at: cell }) },
  );
  receive({ cell: "a" });
  for (const [type, cell] of [
    ["pointerleave", "b"],
    ["focusout", "c"],
  ]) {
    select({ cell });
    listening[type]();
  }
  assert.deepEqual(sent, [
    ["selection", { at: "b" }],
    ["selection", { at: "c" }],
  ]);
  setLeaving(true);
  select({ cell: "on the way to another step" });
  mock.timers.tick(DELAY);
  setLeaving(false);
  assert.equal(sent.length, 2);
  select({ cell: "d" });
  ending.forEach((end) => end());
  mock.timers.tick(DELAY);
  assert.equal(sent.length, 2);
});

test("a view's selection takes over what changes, and only that is sent", () => {
  const view = { selection: selected, sync };
  receive({ cell: "a" });
  assert.equal(selectIn(view, { cell: "a" }), false);
  mock.timers.tick(DELAY);
  assert.deepEqual(sent, []);
  assert.equal(selectIn(view, { cell: "b" }), true);
  assert.deepEqual(view.selection, { cell: "b" });
  mock.timers.tick(DELAY);
  assert.deepEqual(sent, [{ cell: "b" }]);
});

test("a message has a name and a value", () => {
  send({ setTriggerValue: (name, value) => sent.push([name, value]) }, "scale", "map");
  assert.deepEqual(sent, [["scale", "map"]]);
});

// The door to a drill-down, whose module may be on its way.

import assert from "node:assert/strict";
import { test } from "node:test";
import { doorTo } from "../../cnnviz/components/frontend/feature_grid/drill_door.js";

/** A door whose module comes when it is told to: `loads` are the fetches, `opened` the positions that it has opened. */
function newDoor() {
  const [loads, opened] = [[], []];
  const door = doorTo(
    (failed) => new Promise((resolve, reject) => loads.push({ failed, fail: reject, come: () => resolve(drill) })),
  );
  const drill = { openDrill: (_, { map }) => opened.push(map) };
  return { door, loads, opened };
}

function newView() {
  const view = { scene: { drill: { text: { missing_view: "No answer." } } }, told: null };
  view.host = { showMessage: (words) => (view.told = words) };
  return view;
}

const at = (map) => ({ layer: 0, map, row: 0, col: 0 });

test("of several presses the last opens once the module is there, which is fetched once", async () => {
  const { door, loads, opened } = newDoor();
  const view = newView();
  door.ahead(view);
  const presses = [1, 2, 3].map((map) => door.open(view, at(map)));
  assert.equal(loads.length, 1);
  loads[0].come();
  await Promise.all(presses);
  assert.deepEqual(opened, [3]);
  door.open(view, at(4)); // from now on at once
  assert.deepEqual(opened, [3, 4]);
  assert.equal(loads.length, 1);
});

test("what is closed while its module is on its way stays shut, and says nothing of a failure", async () => {
  for (const end of ["come", "fail"]) {
    const { door, loads, opened } = newDoor();
    const view = newView();
    const press = door.open(view, at(1));
    door.close(view);
    loads[0][end]();
    await press;
    assert.deepEqual([opened, view.told], [[], ""]);
  }
});

test("a failure is said, and the next press tries another address", async () => {
  const { door, loads, opened } = newDoor();
  const view = newView();
  let press = door.open(view, at(1));
  loads[0].fail();
  await press;
  assert.deepEqual([opened, view.told, view.opening], [[], "No answer.", null]);
  press = door.open(view, at(2));
  assert.deepEqual(
    loads.map(({ failed }) => failed),
    [0, 1],
  );
  loads[1].come();
  await press;
  assert.deepEqual([opened, view.told], [[2], ""]);
});

test("who moves a pointer without a server asks it once for each view", async () => {
  const { door, loads } = newDoor();
  const view = newView();
  door.ahead(view);
  loads[0].fail();
  await null;
  await null;
  door.ahead(view);
  assert.equal(loads.length, 1);
  door.ahead(newView());
  assert.equal(loads.length, 2);
});

test("where no map can be opened nothing is fetched", () => {
  const { door, loads } = newDoor();
  const view = { ...newView(), scene: {} };
  door.ahead(view);
  door.open(view, at(1));
  assert.equal(loads.length, 0);
});

test("Escape gives up what is on its way, once, wherever in the view the focus is", async () => {
  globalThis.document = new EventTarget(); // where a key is looked for that nothing in the view takes
  const { door, loads, opened } = newDoor();
  const root = Object.assign(new EventTarget(), { querySelector: () => null });
  const on = (target, type, handler) => target.addEventListener(type, handler);
  const view = { ...newView(), root, on };
  door.watch(view, view.host);
  const leave = () => root.dispatchEvent(Object.assign(new Event("keydown", { cancelable: true }), { key: "Escape" }));
  assert.ok(leave()); // nobody's: it is the page's
  const press = door.open(view, at(1));
  assert.ok(!leave());
  assert.ok(leave());
  loads[0].come();
  await press;
  assert.deepEqual(opened, []);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { askFor, forget, hasCome, newAsking } from "../../cnnviz/components/frontend/lecture_keys/asking.js";

/** An asking whose page is at rest or not, and what it has asked for; `look` lets it look so many times. */
function begin(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const page = { atRest: true };
  const asked = [];
  const said = [];
  const asking = newAsking(
    (name) => asked.push(name),
    (leaving) => said.push(leaving),
    () => page.atRest,
  );
  const look = (times) => {
    for (let count = 0; count < times; count++) t.mock.timers.tick(400);
  };
  return { asking, asked, said, page, look };
}

test("a step that comes is asked for once", (t) => {
  const { asking, asked, said, look } = begin(t);
  askFor(asking, "stride", "dot");
  look(1);
  assert.deepEqual(said, [true]);
  hasCome(asking, "stride", false);
  look(20);
  assert.deepEqual(asked, ["stride"]);
  assert.deepEqual(said, [true, false]);
});

test("what has got lost is asked for again once the page is at rest, a few times at most", (t) => {
  const { asking, asked, said, page, look } = begin(t);
  page.atRest = false;
  askFor(asking, "stride", "dot");
  look(100); // a server that does not answer
  assert.deepEqual(asked, ["stride"]);
  page.atRest = true;
  look(3);
  assert.deepEqual(asked, ["stride", "stride"]);
  look(100);
  assert.equal(asked.length, 6);
  assert.equal(asking.wanted, "");
  assert.deepEqual(said, [true, false]);
});

test("neither the step before, nor one on the way, nor another page is what was asked for", (t) => {
  const { asking, asked, look } = begin(t);
  askFor(asking, "stride", "dot");
  askFor(asking, "repeat", "dot");
  hasCome(asking, "dot", false);
  hasCome(asking, "stride", false);
  hasCome(asking, "repeat", true);
  look(3);
  assert.deepEqual(asked, ["stride", "repeat", "repeat"]);
});

test("whoever goes elsewhere is not called back", (t) => {
  const { asking, asked, look } = begin(t);
  askFor(asking, "stride", "dot");
  hasCome(asking, "softmax", false);
  look(20);
  askFor(asking, "stride", "dot");
  forget(asking);
  look(20);
  assert.deepEqual(asked, ["stride", "stride"]);
});

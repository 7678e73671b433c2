// Where the visitor comes to rest: told once, and only at rest; what is passed back is no news.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Rest } from "../../cnnviz/components/frontend/shared/rest.js";

let told, at, busy, rest;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  [told, at, busy] = [[], "", false];
  rest = new Rest({ place: () => ({ at }), tell: (place) => told.push(place), busy: () => busy });
});

function go(place) {
  at = place;
  rest.settle();
}

for (const [visited, passed, news] of [
  ["", "aab", [true, false, true]], // the first place, itself again, another one
  ["bc", "aabc", [true, false, false, false]], // an older echo of its own is no news, nor is the last one
  ["bab", "abab", [true, false, false, false]], // there and back and there again
  ["bc", "acb", [true, false, true]], // c was the last that was told: b is the page's own wish
  ["b", "aca", [true, true, true]],
])
  test(`what is passed back is no news: at ${visited || "rest"}, passed ${passed}`, () => {
    const heard = [rest.hear({ at: passed[0] })];
    for (const place of visited) {
      go(place);
      rest.flush();
    }
    assert.equal(told.map((place) => place.at).join(""), visited);
    for (const place of passed.slice(1)) heard.push(rest.hear({ at: place }));
    assert.deepEqual(heard, news);
  });

test("a place is told once, and only at rest", () => {
  rest.hear({ at: "a" });
  busy = true;
  go("b");
  rest.flush();
  mock.timers.tick(5000);
  assert.deepEqual(told, []); // dragged, played, or in flight: not even on leaving
  busy = false;
  mock.timers.tick(5000);
  assert.deepEqual(told, [{ at: "b" }]);
  rest.flush();
  go("c");
  go("b");
  mock.timers.tick(5000);
  assert.deepEqual(told, [{ at: "b" }]); // nothing to add
  go("c");
  rest.flush();
  rest.send({ unit: 7 });
  assert.deepEqual(told.slice(1), [{ at: "c" }, { at: "c", unit: 7 }]);
  go("d");
  rest.hear({ at: "e" }); // the page points elsewhere first
  mock.timers.tick(5000);
  assert.equal(told.length, 3);
});

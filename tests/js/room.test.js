// What a class sees of its lecturer's page, and when a student's page is another one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { newStore } from "../../cnnviz/components/frontend/room/store.js";
import { cellAlone, delayOf, samePage, spelled, viewAt } from "../../cnnviz/components/frontend/room/views.js";

const at = (address, base = "", moment = "") => viewAt(new URL(address, "http://x"), base, moment);

test("a view is a page and its choices, without those that are everyone's own", () => {
  assert.deepEqual(at("/viz/pooling/?picture=sample-3&lang=ko&room=K7M2QX&digest=0f&cell=1%2C2", "/viz"), {
    page: "pooling",
    query: "cell=1%2C2&picture=sample-3",
    moment: "",
  });
  assert.deepEqual(at("/?lang=en", "", "cnn 2"), { page: "", query: "", moment: "cnn 2" });
});

test("views agree whatever the order of the choices, and whether the stage is shown", () => {
  assert.ok(samePage(at("/relu?a=1&b=2"), at("/relu?b=2&a=1&present=1&lang=ko")));
  assert.ok(!samePage(at("/relu?a=1"), at("/relu?a=2")));
  assert.ok(!samePage(at("/relu"), at("/pooling")));
});

test("where only the cell is another one, no page has to run", () => {
  assert.equal(cellAlone(at("/relu?cell=3%2C4&a=1"), at("/relu?a=1&cell=0%2C0")), "3,4");
  assert.equal(cellAlone(at("/relu?cell=3%2C4&a=1"), at("/relu?a=2&cell=0%2C0")), null);
  assert.equal(cellAlone(at("/relu?cell=3%2C4"), at("/pooling?cell=0%2C0")), null);
  assert.equal(cellAlone(at("/relu?cell=3%2C4"), at("/relu")), null);
  assert.equal(cellAlone(at("/relu"), at("/relu?cell=3%2C4")), null);
});

test("a code is spelled in two parts", () => assert.equal(spelled("K7M2QX"), "K7M-2QX"));

test("a lost connection is tried at once, then ever less often, and never by all at the same time", () => {
  assert.ok(delayOf(0, 0.99) < 500);
  assert.ok(delayOf(3, 0) > delayOf(1, 0));
  assert.ok(delayOf(1000, 0.99) < 12_000);
  assert.notEqual(delayOf(2, 0.1), delayOf(2, 0.9));
});

test("a tab remembers its room; what was not written here counts as nothing", () => {
  const items = new Map();
  const storage = () => ({ getItem: (key) => items.get(key) ?? null, setItem: (key, text) => items.set(key, text) });
  const store = newStore(storage);
  const { id } = store.kept();
  assert.match(id, /^[\w-]{16,64}$/);
  store.keep({ secret: "a secret", name: "Mina" });
  assert.deepEqual(newStore(storage).kept(), { id, secret: "a secret", code: "", following: true, name: "Mina" });
  items.set("cnnviz-room", '{"secret": 7, "more": 1, "following": false}');
  const kept = newStore(storage).kept();
  assert.deepEqual([kept.secret, kept.following, "more" in kept], ["", false, false]);
  items.set("cnnviz-room", "{");
  assert.equal(newStore(storage).kept().secret, "");
  const off = newStore(() => {
    throw new Error("switched off");
  });
  assert.equal(off.keep({ code: "K7M2QX" }).code, "K7M2QX");
});

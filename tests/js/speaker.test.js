// The speaker's window.

import assert from "node:assert/strict";
import { test } from "node:test";
import { followSpeaker, openSpeaker } from "../../cnnviz/components/frontend/lecture_keys/speaker.js";

function newElement() {
  return {
    dataset: {},
    style: { setProperty: () => {} },
    append: () => {},
    replaceChildren: () => {},
  };
}

/** A window as far as notes are written into it. */
function newWindow() {
  const scrolled = [];
  const clock = newElement();
  return {
    scrolled,
    document: {
      head: newElement(),
      body: newElement(),
      documentElement: newElement(),
      createElement: newElement,
      querySelector: () => clock,
    },
    scrollTo: (...position) => scrolled.push(position),
    setInterval: () => 1,
    clearInterval: () => {},
    focus: () => {},
  };
}

test("notes stay where the speaker has scrolled to until there are others", (t) => {
  const items = new Map();
  const opened = newWindow();
  const globals = {
    window: { open: () => opened },
    sessionStorage: { getItem: (name) => items.get(name) ?? null, setItem: (name, value) => items.set(name, value) },
    getComputedStyle: () => ({ fontFamily: "", getPropertyValue: () => "" }),
  };
  Object.assign(globalThis, globals);
  t.after(() => Object.keys(globals).forEach((name) => delete globalThis[name]));
  const words = { title: "Stride", notes: "Two at a time.", progress: "3 / 9", next: "", language: "en" };
  const root = /** @type {any} */ ({});
  openSpeaker(words, root, () => {});
  assert.equal(opened.scrolled.length, 1);
  followSpeaker({ ...words }, root, () => {}); // the page has run again
  assert.equal(opened.scrolled.length, 1);
  followSpeaker({ ...words, title: "Padding" }, root, () => {});
  assert.equal(opened.scrolled.length, 2);
});

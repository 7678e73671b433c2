// What a class sees of its lecturer's page, and when a student's page is another one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pollFrom } from "../../cnnviz/components/frontend/room/asking.js";
import { barsOf, exerciseOf, pixelsOf } from "../../cnnviz/components/frontend/room/poll.js";
import { newStore } from "../../cnnviz/components/frontend/room/store.js";
import {
  cellAlone,
  delayOf,
  nextOf,
  pollOf,
  samePage,
  spelled,
  viewAt,
} from "../../cnnviz/components/frontend/room/views.js";

const at = (address, base = "", moment = "") => viewAt(new URL(address, "http://x"), base, moment);

test("a view is a page and its choices, without those that are everyone's own", () => {
  assert.deepEqual(at("/viz/pooling/?picture=sample-3&lang=ko&room=K7M2QX&digest=0f&cell=1%2C2", "/viz"), {
    page: "pooling",
    query: "cell=1%2C2&picture=sample-3",
    moment: "",
    picture: "",
  });
  assert.deepEqual(at("/?lang=en", "", "cnn 2"), { page: "", query: "", moment: "cnn 2", picture: "" });
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

test("a page that has not followed is asked again, but not while it is on its way", () => {
  assert.equal(nextOf(0, false, false), "ask");
  assert.equal(nextOf(0, true, true), "ask"); // to another view of the same page
  assert.equal(nextOf(1, false, false), "wait");
  assert.equal(nextOf(1, false, true), "ask");
  assert.equal(nextOf(1, true, true), "");
  assert.equal(nextOf(1, true, false), "");
  assert.equal(nextOf(9, false, true), "");
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
  const given = { poll: "question1", values: [2] };
  store.keep({ secret: "a secret", name: "Mina", given });
  assert.deepEqual(newStore(storage).kept(), {
    id,
    secret: "a secret",
    code: "",
    following: true,
    name: "Mina",
    given,
  });
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

const TEXT = { no_question: "question?", no_options: "options?", no_right: "right?", which_class: "which?" };
const DATA = { text: TEXT, classes: { en: ["cat", "dog"], ko: ["고양이", "개"] }, label: 1 };
const TYPED = { form: "choice", question: " Why? ", options: "a\n\n b \nc", right: "" };

test("the exercise of a page is a question, where every browser can have its picture", () => {
  const address = "/cnnviz/exercise/keras_lecture/0123456789abcdef/relu/1/7";
  assert.deepEqual(pollOf(`${address}?lang=ko&picture=sample-3`, "id", null), {
    id: "id",
    form: "exercise",
    address,
    query: "picture=sample-3",
  });
  assert.equal(pollOf("", "id", "1x1x3:AQID"), null);
  for (const none of ["", null]) assert.equal(pollOf(`${address}?lang=ko`, "id", none), null);
});

test("a picture of the lecturer's own travels with the question and the view", () => {
  const address = "/cnnviz/exercise/keras_lecture/0123456789abcdef/relu/1/7";
  const own = "1x1x3:AQL/";
  assert.deepEqual(pollOf(`${address}?lang=ko`, "id", own), {
    id: "id",
    form: "exercise",
    address,
    query: "",
    picture: own,
  });
  assert.equal(pollOf(`${address}?picture=sample-3`, "id", own).picture, undefined);
  assert.deepEqual([...pixelsOf(own)], [1, 2, 255]);
  const view = viewAt(new URL("http://x/relu?picture=upload&crop=1,2,3"), "", "", own);
  assert.deepEqual(view, { page: "relu", query: "picture=upload", moment: "", picture: own });
  assert.ok(!samePage(view, at("/relu?picture=upload"))); // a student who has not got it
  assert.ok(samePage(view, { ...at("/relu?picture=upload"), picture: own }));
});

test("a lecturer's own question is what was typed", () => {
  const made = (change) => pollFrom({ ...TYPED, ...change }, DATA, "id");
  assert.deepEqual(made({}).poll, {
    id: "id",
    form: "choice",
    question: "Why?",
    options: ["a", "b", "c"],
    right: null,
  });
  assert.equal(made({ right: "2" }).poll.right, 1);
  for (const right of ["0", "4", "1.5", "x"]) assert.equal(made({ right }).fault, "right?");
  const [first] = made({ options: `${"a".repeat(119)}😀\nb` }).poll.options; // whose last letter takes two in UTF-16
  assert.equal(first, `${"a".repeat(119)}😀`);
  assert.equal(made({ options: "a" }).fault, "options?");
  assert.equal(made({ options: "a\n".repeat(13) }).fault, "options?");
  assert.equal(made({ question: " " }).fault, "question?");
  assert.equal(made({ form: "number", right: "-2,5" }).poll.right, -2.5);
  assert.equal(made({ form: "number", right: "" }).poll.right, null);
  const guess = made({ form: "class", question: "" }).poll;
  assert.deepEqual([guess.question, guess.options[1], guess.right], ["which?", { en: "dog", ko: "개" }, 1]);
});

test("bars count options, and of numbers the most frequent; the right one is told when it is revealed", () => {
  const poll = { id: "id", form: "choice", question: "?", options: ["a", { en: "b", ko: "나" }], right: 1 };
  const tally = [
    [[1], 3],
    [[0], 1],
  ];
  const exercise = exerciseOf(poll, "ko");
  assert.deepEqual(barsOf(exercise, tally, false), [
    { label: "a", count: 1, right: false },
    { label: "나", count: 3, right: false },
  ]);
  assert.equal(barsOf(exercise, tally, true)[1].right, true);
  const open = exerciseOf({ ...poll, right: null }, "en");
  assert.ok(barsOf(open, tally, true).every(({ right }) => !right)); // there is no right one
  const number = exerciseOf({ id: "id", form: "number", question: "?", right: 2.5, tolerance: 1e-6 }, "en");
  const many = Array.from({ length: 30 }, (_, k) => [[k + 0.5], 30 - k]);
  const bars = barsOf(number, many, true);
  assert.equal(bars.length, 8);
  assert.deepEqual(
    bars.filter(({ right }) => right).map(({ label }) => label),
    ["2.5"],
  );
});

// Streamlit's scripts that are fetched before a step needs them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { filesOf, importsOf } from "../../cnnviz/components/frontend/lecture_keys/ahead.js";

test("files are found in the main script by their names, and a script that it lacks is left out", () => {
  const source = 'const a=["./PlotlyChart.D9Z0_f-z.js","./x.css"];import("./OtherPlotlyChart.a.js")';
  assert.deepEqual(filesOf(source), ["PlotlyChart.D9Z0_f-z.js"]);
  assert.deepEqual(filesOf("nothing"), []);
});

test("the style sheets that a style sheet imports are found", () => {
  assert.deepEqual(importsOf('@import url("../shared/base.css");\n@import url("a.css");\n.b { color: red; }'), [
    "../shared/base.css",
    "a.css",
  ]);
  assert.deepEqual(importsOf(".b { background: url(x.png); }"), []);
});

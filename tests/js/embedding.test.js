import assert from "node:assert/strict";
import { test } from "node:test";
import { isEmbedded, neededHeight } from "../../cnnviz/components/frontend/document/embedding.js";

test("a link says whether a view is embedded", () => {
  assert.ok(isEmbedded("?embed=1"));
  assert.ok(isEmbedded("?model=vgg&embed=true"));
  for (const search of ["", "?embed=0", "?embed=", "?embedded=1", "?model=embed"])
    assert.ok(!isEmbedded(search), search);
});

test("a frame is as high as the page's parts, in whole pixels", () => {
  assert.equal(neededHeight(0, 812.2), 813);
  assert.equal(neededHeight(60, 800), 860);
  assert.equal(neededHeight(-200, 800), 800);
});

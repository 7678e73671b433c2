// Addresses of the navigation's links.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, baseOf } from "../../cnnviz/components/frontend/navigation/addresses.js";

const CARRIED = ["lang", "picture"];

test("a link carries the choices that hold on every page, and no other", () => {
  assert.equal(
    addressOf("?lang=ko&cell=3%2C4&picture=sample-1", "", "relu", CARRIED),
    "/relu?lang=ko&picture=sample-1",
  );
  assert.equal(addressOf("", "", "relu", CARRIED), "/relu");
});

test("an app below a path of its server stays there", () => {
  assert.equal(baseOf("https://a.b/_stcore/bidi-components/c.modules/d/d.js"), "");
  const base = baseOf("https://a.b/cnn/_stcore/bidi-components/c.modules/d/d.js");
  assert.equal(addressOf("", base, "", CARRIED), "/cnn/");
  assert.equal(addressOf("", base, "relu", CARRIED), "/cnn/relu");
});

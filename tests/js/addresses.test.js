// Addresses of the navigation's links.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf } from "../../cnnviz/components/frontend/navigation/addresses.js";

const CARRIED = ["lang", "picture"];

test("a link carries the choices that hold on every page, and no other", () => {
  const now = { pathname: "/pooling", search: "?lang=ko&cell=3%2C4&picture=sample-1" };
  assert.equal(addressOf(now, "pooling", "relu", CARRIED), "/relu?lang=ko&picture=sample-1");
  assert.equal(addressOf({ pathname: "/", search: "" }, "", "relu", CARRIED), "/relu");
});

test("an app below a path of its server stays there", () => {
  assert.equal(addressOf({ pathname: "/cnn/pooling/", search: "" }, "pooling", "", CARRIED), "/cnn/");
  assert.equal(addressOf({ pathname: "/cnn/", search: "" }, "", "relu", CARRIED), "/cnn/relu");
});

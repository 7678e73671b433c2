// What a saved picture shows of a component's fields.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keepValues } from "../../cnnviz/components/frontend/shared/picture.js";

/** A field as a clone has it: what is kept of it is in its attributes. */
function newField(tagName, properties = {}) {
  const attributes = new Map();
  return {
    tagName,
    attributes,
    setAttribute: (name, value) => attributes.set(name, value),
    toggleAttribute: (name, on) => (on ? attributes.set(name, "") : attributes.delete(name)),
    ...properties,
  };
}

const holding = (...fields) => ({ querySelectorAll: () => fields });

test("a list shows what is chosen, not what it had at first", () => {
  const chosen = [false, true].map((selected) => newField("OPTION", { selected }));
  const copied = [newField("OPTION"), newField("OPTION")];
  copied[0].attributes.set("selected", "");
  keepValues(holding(newField("SELECT", { options: chosen })), holding(newField("SELECT", { options: copied })));
  assert.deepEqual(
    copied.map(({ attributes }) => attributes.has("selected")),
    [false, true],
  );
});

test("switches, numbers and texts show what they hold", () => {
  const copies = [newField("INPUT"), newField("INPUT"), newField("TEXTAREA", { textContent: "" })];
  copies[0].attributes.set("checked", "");
  keepValues(
    holding(
      newField("INPUT", { value: "on", checked: false }),
      newField("INPUT", { value: "0.25", checked: false }),
      newField("TEXTAREA", { value: "1 2" }),
    ),
    holding(...copies),
  );
  assert.equal(copies[0].attributes.has("checked"), false);
  assert.equal(copies[1].attributes.get("value"), "0.25");
  assert.equal(copies[2].textContent, "1 2");
});

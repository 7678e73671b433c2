// What a saved picture shows of a component's fields.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawControls, keepValues } from "../../cnnviz/components/frontend/shared/picture.js";

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

test("sliders and check boxes are drawn by styles, as Firefox draws none of its own in a picture", (t) => {
  globalThis.getComputedStyle = () => ({ accentColor: "rgb(184, 0, 98)", getPropertyValue: () => "#fff" });
  t.after(() => delete globalThis.getComputedStyle);
  const drawn = (original) => {
    const copy = newField("INPUT", { style: { cssText: "" } });
    drawControls(holding({ offsetWidth: 116, offsetHeight: 20, min: "", max: "", ...original }), holding(copy));
    assert.equal(copy.attributes.get("type"), "button");
    return { words: copy.attributes.get("value"), style: copy.style.cssText };
  };
  const slider = drawn({ type: "range", min: "-50", max: "50", value: "-25" });
  assert.match(slider.style, /circle at 33px 50%, rgb\(184, 0, 98\)/); // a thumb of 16 px never leaves the track
  assert.equal(slider.words, "");
  assert.match(drawn({ type: "range", value: "100" }).style, /circle at 108px/);
  const [on, off] = [true, false].map((checked) => drawn({ type: "checkbox", checked, value: "on" }));
  assert.deepEqual([on.words, off.words], ["✓", ""]);
  assert.match(on.style, /background: rgb\(184, 0, 98\)/);
  assert.match(off.style, /background: #fff/);
  assert.doesNotMatch(slider.style + on.style, /url\(/); // Safari would leave it out
});

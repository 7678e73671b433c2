// The elements of a room, without texts. They are made here, as the contents of room.html are sent with each run.

import { shape } from "../shared/elements.js";

/** @param {string} tag
 *  @param {Record<string, string>} attributes
 *  @param {(Node | string)[]} children */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const press = (action, look = "") =>
  element("button", { type: "button", "data-do": action, ...(look ? { class: look } : {}) });
const actions = (...buttons) => element("div", { class: "room_actions" }, ...buttons);
const panel = (...parts) => element("div", { class: "room_panel" }, ...parts);
const submit = (look = "") => element("button", { type: "submit", ...(look ? { class: look } : {}) });
const textLine = (look, role = "") => element("p", { class: look, ...(role ? { role } : {}) });
const labelled = (look, input) => element("label", { class: look }, element("span"), input);
const kind = (value) => element("label", {}, element("input", { type: "radio", name: "form", value }), element("span"));

const bar = () =>
  element(
    "div",
    { class: "room_bar" },
    element("span", { class: "room_icon room_sign", "aria-hidden": "true" }),
    element("span", { class: "room_said", role: "status" }),
    press("back"),
    press("question"),
    press("ask"),
    press("board"),
    press("name", "room_icon"),
    press("leave", "room_icon"),
  );

const naming = () =>
  element(
    "form",
    { class: "room_naming", hidden: "" },
    element(
      "label",
      {},
      element("span"),
      " ",
      element("input", { type: "text", maxlength: "20", autocomplete: "nickname", spellcheck: "false" }),
    ),
    submit(),
  );

const poll = () =>
  element(
    "section",
    { class: "room_poll", role: "dialog", tabindex: "-1", hidden: "" },
    panel(
      element("ol", { class: "room_cards" }),
      textLine("votes_hint", "status"),
      element("ol", { class: "votes", hidden: "" }),
      actions(press("reveal", "room_first"), press("other"), press("take_back"), press("hide")),
    ),
  );

const asking = () => {
  const forms = element("fieldset", { class: "room_forms" }, kind("choice"), kind("number"), kind("class"));
  forms.querySelector("input")?.setAttribute("checked", "");
  const line = { type: "text", autocomplete: "off" };
  return element(
    "form",
    { class: "room_asking", role: "dialog", hidden: "" },
    panel(
      element("h2"),
      press("ask_exercise", "room_first"),
      forms,
      labelled("for_question", element("input", { ...line, name: "question", maxlength: "300" })),
      labelled("for_options", element("textarea", { name: "options", rows: "4", maxlength: "1000" })),
      labelled("for_right", element("input", { ...line, name: "right", inputmode: "decimal", maxlength: "20" })),
      textLine("room_fault", "alert"),
      actions(submit("room_first"), press("cancel")),
    ),
  );
};

const board = () => {
  const names = textLine("room_names");
  names.hidden = true;
  return element(
    "section",
    { class: "room_board", role: "dialog", hidden: "" },
    panel(
      element("h2"),
      textLine("room_code"),
      textLine("room_address"),
      shape("svg", { class: "room_qr", role: "img" }),
      textLine("room_people", "status"),
      names,
      textLine("room_lasts"),
      actions(press("names"), press("copy"), press("copy_lead"), press("end"), press("close", "room_first")),
    ),
  );
};

/** Return new elements. */
export const markup = () => [bar(), naming(), poll(), asking(), board()];

// The empty panel of a drill-down, filled by drill.js and drill_view.js.

import { make, shape } from "../shared/elements.js";

/** An element with a class and children.
 *  @param {keyof HTMLElementTagNameMap} tag
 *  @param {string} name
 *  @param {(Node | null)[]} children
 *  @returns {HTMLElement} */
function part(tag, name, ...children) {
  const made = /** @type {HTMLElement} */ (make(tag, name));
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** @param {string} name
 *  @param {(Node | null)[]} children */
function button(name, ...children) {
  const made = /** @type {HTMLButtonElement} */ (part("button", name, ...children));
  made.type = "button";
  return made;
}

/** @param {string} path  in a square of 20 */
function icon(path) {
  const drawn = shape("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" });
  drawn.append(shape("path", { d: path }));
  return drawn;
}

/** Put a new panel at the end of a view, hidden.
 *  @param {HTMLElement} root */
export function addPanel(root) {
  const canvas = make("canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  const total = make("div", "drill-total");
  total.ariaHidden = "true"; // the table says it
  const said = make("p", "drill-said");
  said.ariaLive = "polite";
  const head = part(
    "header",
    "drill-head",
    button("drill-back", icon("M12.5 3.5L6 10l6.5 6.5"), make("span")),
    part("div", "", make("h2", "drill-title"), make("p", "drill-about")),
    button("drill-own"),
    button("drill-close", icon("M4 4l12 12M16 4L4 16")),
  );
  const body = part(
    "div",
    "drill-body",
    shape("svg", { class: "drill-lines", "aria-hidden": "true" }),
    part("div", "drill-left", make("div", "drill-parts"), button("drill-more")),
    part(
      "div",
      "drill-right",
      total,
      part(
        "figure",
        "drill-into",
        part("div", "drill-map", canvas, make("i", "drill-mark")),
        make("figcaption", "drill-where"),
      ),
    ),
  );
  const walk = part(
    "div",
    "drill-walk",
    Object.assign(button("drill-previous"), { textContent: "‹" }),
    button("drill-next", make("span")),
    make("span", "drill-count"),
    make("p", "drill-hint"),
  );
  const panel = part("section", "drill", head, body, part("div", "spoken", make("table")), said, walk);
  panel.role = "group";
  panel.tabIndex = -1; // a press beside what can be pressed leaves the keys with the panel
  panel.hidden = true;
  root.append(panel);
  return panel;
}

/** Write the texts that are the same for all maps.
 *  @param {HTMLElement} panel
 *  @param {Record<string, string>} text */
export function writePanel(panel, text) {
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (panel.querySelector(selector));
  find(".drill-own").textContent = text.own;
  Object.assign(find(".drill-close"), { title: text.close, ariaLabel: text.close });
  find(".drill-previous").ariaLabel = text.previous;
}

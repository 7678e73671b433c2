// The kinds to choose from, the levels, and the visitor's progress.

import { make, setText } from "../shared/elements.js";
import { fill } from "../shared/numbers.js";
import { newRecord, total, writeProgress } from "./progress.js";

/** One radio button for each kind, under the name of its topic.
 *  @param {HTMLElement} host
 *  @param {any} data
 *  @param {string} chosen
 *  @param {import("./progress.js").Progress} progress */
export function drawKinds(host, { kinds, text }, chosen, progress) {
  const wanted = JSON.stringify([kinds, text.kinds]);
  if (host.dataset.drawn !== wanted) {
    host.dataset.drawn = wanted;
    host.setAttribute("aria-label", text.kinds);
    host.hidden = kinds.length < 2;
    const topics = [...new Set(kinds.map((/** @type {any} */ { topic }) => topic))];
    host.replaceChildren(
      ...topics.map((topic) => {
        const own = kinds.filter((/** @type {any} */ kind) => kind.topic === topic);
        const group = make("div", "group");
        group.append(make("p", "topic", topic), ...own.map(newKind));
        return group;
      }),
    );
  }
  for (const label of /** @type {NodeListOf<HTMLElement>} */ (host.querySelectorAll(".kind"))) {
    const input = /** @type {HTMLInputElement} */ (label.querySelector("input"));
    const { tried, right, best } = progress[input.value] ?? newRecord();
    if (input.value === chosen && !input.checked) {
      input.checked = true;
      host.scrollTo({ left: label.offsetLeft - host.offsetLeft - 40 }); // of a strip
    }
    setText(
      /** @type {Node} */ (label.querySelector(".known")),
      tried ? fill(text.known, { right, tried, level: best }) : "",
    );
  }
}

function newKind({ name, title }) {
  const label = make("label", "kind");
  const input = Object.assign(make("input"), { type: "radio", name: "kind", value: name });
  label.append(input, make("span", "name", title), make("span", "known"));
  return label;
}

/** @param {HTMLElement} host
 *  @param {Record<string, string>} text
 *  @param {number} levels
 *  @param {number} chosen */
export function drawLevels(host, text, levels, chosen) {
  if (host.children.length !== levels + 1 || host.dataset.text !== text.level) {
    host.dataset.text = text.level;
    host.setAttribute("aria-label", text.level);
    const inputs = Array.from({ length: levels }, (_, k) => {
      const label = make("label");
      const input = Object.assign(make("input"), { type: "radio", name: "level", value: String(k + 1) });
      label.append(input, make("span", "", String(k + 1)));
      return label;
    });
    host.replaceChildren(make("span", "title", text.level), ...inputs);
  }
  host.querySelectorAll("input").forEach((input) => {
    input.checked = Number(input.value) === chosen;
  });
}

/** A table of the tries by kind, and their sum.
 *  @param {HTMLElement} host
 *  @param {Record<string, string>} text
 *  @param {{name: string, title: string}[]} kinds
 *  @param {import("./progress.js").Progress} progress */
export function drawProgress(host, text, kinds, progress) {
  const known = kinds.filter(({ name }) => progress[name]?.tried);
  if (!known.length) {
    host.replaceChildren(make("p", "", text.nothing));
    return;
  }
  const table = make("table");
  const [head, body] = [make("thead"), make("tbody")];
  const line = (tag, words) => {
    const row = make("tr");
    row.append(...words.map((word) => make(tag, "", String(word))));
    return row;
  };
  head.append(line("th", [text.kind, text.tried, text.right_at_once, text.best, text.in_a_row]));
  for (const { name, title } of known) {
    const { tried, right, best, streak } = progress[name];
    body.append(line("td", [title, tried, right, best || "–", streak]));
  }
  table.append(head, body);
  const { tried, right } = total(progress);
  host.replaceChildren(table, make("p", "total", fill(text.total, { tried, right })));
}

/** Give the visitor the progress as a file.
 *  @param {import("./progress.js").Progress} progress */
export function saveProgress(progress) {
  const file = new Blob([writeProgress(progress)], { type: "application/json" });
  const link = Object.assign(make("a"), { href: URL.createObjectURL(file), download: "cnnviz-exercises.json" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

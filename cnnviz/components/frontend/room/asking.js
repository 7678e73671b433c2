// The lecturer's own question to the class: options, a number, or the class of the picture.

import { parseNumber } from "../exercise_view/judging.js";
import { setText } from "../shared/elements.js";

const MOST = 12; // options

/** Draw the form.
 *  @param {HTMLFormElement} form
 *  @param {any} data of the component
 *  @param {boolean} exercise whether the page shows one */
export function drawForm(form, { text, classes }, exercise) {
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (form.querySelector(selector));
  const kind = new FormData(form).get("form");
  form.ariaLabel = text.ask;
  setText(find("h2"), text.ask);
  const own = find("[data-do=ask_exercise]");
  own.hidden = !exercise;
  setText(own, text.ask_exercise);
  const names = [text.form_choice, text.form_number, text.form_class];
  form.querySelectorAll(".room_forms span").forEach((span, k) => setText(span, names[k]));
  const third = /** @type {HTMLElement} */ (form.querySelectorAll(".room_forms label")[2]);
  third.hidden = !classes.en.length;
  setText(find(".for_question span"), text.own_question);
  setText(find(".for_options span"), text.own_options);
  setText(find(".for_right span"), kind === "choice" ? text.own_right_option : text.own_right);
  find(".for_options").hidden = kind !== "choice";
  find(".for_right").hidden = kind === "class";
  setText(find("[type=submit]"), text.ask);
  setText(find("[data-do=cancel]"), text.cancel);
}

/** Read the form: a question to the class, or an error.
 *  @param {HTMLFormElement} form
 *  @param {any} data of the component
 *  @param {string} id
 *  @returns {{poll: any, fault: string}} */
export function readForm(form, data, id) {
  const given = Object.fromEntries(new FormData(form));
  return pollFrom(/** @type {any} */ (given), data, id);
}

/** Empty the form for the next question.
 *  @param {HTMLFormElement} form */
export function clearForm(form) {
  const fields = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input[type=text], textarea"));
  for (const field of fields) field.value = "";
}

/** A question from the typed text; `right` may be left out.
 *  @param {{form: string, question: string, options: string, right: string}} typed
 *  @param {{text: Record<string, string>, classes: Record<string, string[]>, label: number | null}} data
 *  @param {string} id
 *  @returns {{poll: any, fault: string}} */
export function pollFrom({ form, question, options, right }, { text, classes, label }, id) {
  const fault = (/** @type {string} */ words) => ({ poll: null, fault: words });
  const typed = question.trim();
  if (form === "class") {
    const languages = Object.entries(classes);
    const names = classes.en.map((_, k) => Object.fromEntries(languages.map(([code, each]) => [code, each[k]])));
    return {
      poll: { id, form: "choice", question: typed || text.which_class, options: names, right: label },
      fault: "",
    };
  }
  if (!typed) return fault(text.no_question);
  const number = right.trim() ? parseNumber(right) : null;
  if (right.trim() && number === null) return fault(text.no_right);
  if (form === "number") return { poll: { id, form, question: typed, right: number, tolerance: 1e-6 }, fault: "" };
  const lines = options
    .split("\n")
    .map((line) => [...line.trim()].slice(0, 120).join("")) // no letter is cut in two
    .filter(Boolean);
  if (lines.length < 2 || lines.length > MOST) return fault(text.no_options);
  if (number !== null && !(Number.isInteger(number) && number >= 1 && number <= lines.length))
    return fault(text.no_right);
  return { poll: { id, form, question: typed, options: lines, right: number === null ? null : number - 1 }, fault: "" };
}

// One exercise: its question, its picture, the answer, and its verdict.

import { make } from "../shared/elements.js";
import { latinKey } from "../shared/keys.js";
import { fill, number as written } from "../shared/numbers.js";
import { colour, drawn, limitOf, SIGNS } from "./drawing.js";
import { chosenBy, judge, LETTER, parseNumber } from "./judging.js";

const TRIES = 2; // wrong answers until the right one is offered

/** The state of a card: "asked" -> "wrong" ... -> "right" or "shown".
 *  @typedef {{
 *    element: HTMLElement, exercise: any, tries: number, state: string, focus: () => void, repaint: () => void,
 *    first?: boolean, answers: () => Answers, restore: (answers: Answers) => void,
 *  }} Card */

/** A visitor's answers on a card, the same in all languages. inputs: the contents of each.
 *  @typedef {{state: string, tries: number, first?: boolean, inputs: (string | boolean)[]}} Answers */

/** A card; `on.done` is called once, with whether the first answer was right.
 *  @param {any} exercise
 *  @param {{text: Record<string, string>, number?: string, name: string, stage?: boolean}} options
 *      name: unique on the page. stage: with its solution, for a later moment.
 *  @param {{
 *    done: (right: boolean) => void, open: () => void, next: (() => void) | null,
 *    answer?: (given: number[]) => void, ask?: (() => void) | null,
 *  }} on answer: takes the answer, which is then not judged until `close`. ask: asks the class instead.
 *  @returns {Card} */
export function newCard(exercise, { text, number = "", name, stage = false }, on) {
  const element = Object.assign(make("li", "card"), { tabIndex: -1 }); // has the focus where nothing in it can any more
  const question = make("h2", "question", exercise.question);
  if (number) question.prepend(make("span", "number", number));
  const shown = make("div", "shown");
  const form = make("form", "answer");
  const verdict = make("div", "verdict");
  const solution = make("div", "solution");
  const actions = make("div", "actions");
  const open = Object.assign(make("a", "open", text.open), { href: exercise.href });
  const reveal = button("reveal", text.reveal);
  const next = button("next", text.next);
  verdict.setAttribute("role", "status");
  form.noValidate = true;
  const ask = button("ask", text.ask);
  ask.addEventListener("click", () => on.ask?.());
  actions.append(reveal, open, ...(on.ask ? [ask] : []), ...(on.next ? [next] : []));
  element.append(question, shown, form, verdict, solution, actions);

  const card = /** @type {any} */ ({ element, exercise, tries: 0, state: "asked", repaint: () => colour(element) });
  drawShown(shown, exercise, text);
  const answer = exercise.answer.form === "choice" ? choices(card, form, text, name) : fields(card, form, text);
  const check = Object.assign(make("button", "check", text.check), { type: "submit" });
  form.append(check);

  solution.append(make("p", "result", fill(text.result, { answer: answerText(exercise) })));
  solution.append(...exercise.explanation.split("\n").map((line) => make("p", "", line)));

  const become = (state) => {
    card.state = state;
    element.dataset.state = state;
    const over = state === "right" || state === "shown";
    for (const part of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input, button")))
      part.disabled = over;
    solution.hidden = !over && !stage;
    reveal.hidden = over || card.tries < TRIES;
    open.hidden = state === "asked" || !exercise.href;
    next.hidden = !over;
    check.hidden = over;
  };
  const end = (state, right) => {
    const focused = element.matches(":focus-within"); // fields that are over lose it
    become(state);
    answer.mark(exercise.answer.values);
    on.done(right);
    if (focused) (on.next ? next : element).focus({ preventScroll: !on.next });
  };
  const showVerdict = {
    right: () => writeVerdict(verdict, text.right, "", "✓"),
    wrong: ({ reason }) =>
      writeVerdict(verdict, text.wrong, reason ? `${reason} ${text.try_again}` : text.no_reason, "✗"),
    shown: () => writeVerdict(verdict, text.shown, "", "→"),
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (card.state === "right" || card.state === "shown") return;
    const given = answer.read();
    if (!given) {
      writeVerdict(verdict, "", exercise.answer.form === "choice" ? text.no_choice : text.no_number);
      return;
    }
    if (on.answer) {
      writeVerdict(verdict, "", "");
      on.answer(given);
      return;
    }
    const judged = judge(exercise, given);
    card.tries += 1;
    if (judged.right) {
      showVerdict.right();
      end("right", card.tries === 1);
    } else {
      showVerdict.wrong(judged);
      become("wrong");
      answer.again();
    }
  });
  reveal.addEventListener("click", () => {
    showVerdict.shown();
    end("shown", false);
  });
  next.addEventListener("click", () => on.next?.());
  open.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // a tab of its own
    event.preventDefault();
    on.open();
  });
  /** End it: with the given answer judged, or with the right answer alone; or with neither. */
  card.close = (/** @type {number[] | null} */ given, /** @type {boolean} */ shown) => {
    if (!given) {
      become("shown");
      solution.hidden = !shown;
      if (shown) answer.mark(exercise.answer.values);
      return;
    }
    const { right, reason } = judge(exercise, given);
    answer.put(given);
    writeVerdict(verdict, right ? text.right : text.wrong, right ? "" : reason, right ? "✓" : "✗");
    end(right ? "right" : "shown", right);
  };
  become("asked");
  card.focus = answer.focus;
  const inputs = () => /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input")]);
  card.answers = () => ({
    state: card.state,
    tries: card.tries,
    first: card.first,
    inputs: inputs().map(({ type, checked, value }) => (type === "radio" ? checked : value)),
  });
  card.restore = ({ state, tries, first, inputs: given }) => {
    inputs().forEach((input, k) => {
      if (input.type === "radio") input.checked = given[k] === true;
      else input.value = String(given[k]);
    });
    Object.assign(card, { tries, first });
    become(state);
    if (state === "right" || state === "shown") {
      showVerdict[state]();
      answer.mark(exercise.answer.values);
    }
    const read = state === "wrong" ? answer.read() : null; // null: the answer has been changed since
    if (read) showVerdict.wrong(judge(exercise, read));
  };
  return card;
}

function button(className, words) {
  return Object.assign(make("button", className, words), { type: "button" });
}

/** A verdict: a sign and a word, then the reason. */
function writeVerdict(verdict, word, reason, sign = "") {
  const mark = make("b", "mark");
  if (sign) mark.append(Object.assign(make("span", "sign", sign), { ariaHidden: "true" }), " ");
  mark.append(word);
  verdict.replaceChildren(...(word ? [mark, " "] : []), make("span", "reason", reason));
}

/** The arrays of a question, with the signs between them. */
function drawShown(host, { shown, arrays }, text) {
  const own = shown.filter(({ role }) => role !== "option");
  own.forEach((each, k) => {
    const cells = arrays[each.name];
    if (k && SIGNS[each.role]) host.append(make("span", "between", SIGNS[each.role]));
    const figure = make("figure", each.role);
    const label = each.label ?? text[`role_${each.role}`];
    figure.append(drawn(each, cells, { limit: limitOf(cells.data), label }), make("figcaption", "", label));
    host.append(figure);
  });
  host.hidden = !own.length;
}

/** An answer as text: with the decimals that are asked for, else with its own, at most four. */
export function answerText({ answer }) {
  const { form, values, options, labels, unit, decimals } = answer;
  if (form === "choice") return options[values[0]];
  const short = (/** @type {number} */ value) => written(Number(value.toFixed(4)), 4).replace(/(\.\d*?)0+$/, "$1");
  const numbers = decimals ? values.map((/** @type {number} */ value) => written(value, decimals)) : values.map(short);
  if (labels)
    return numbers.map((/** @type {string} */ each, /** @type {number} */ k) => `${labels[k]}: ${each}`).join(" · ");
  return unit ? `${numbers[0]} ${unit}` : numbers[0];
}

/** Fields for one or several numbers. */
function fields(card, form, text) {
  const { values, labels, unit } = card.exercise.answer;
  const inputs = values.map((_, k) => {
    const label = make("label", "field");
    const input = make("input");
    Object.assign(input, { type: "text", inputMode: "decimal", autocomplete: "off", spellcheck: false });
    const sign = Object.assign(button("sign", "±"), { title: text.sign, ariaLabel: text.sign });
    sign.addEventListener("click", () => {
      const bare = input.value.replace(/^[\s+]+/, "");
      input.value = /^[-−–]/.test(bare) ? bare.slice(1) : `−${bare}`;
      input.focus();
    });
    label.append(make("span", "", labels?.[k] ?? text.answer), input);
    const line = make("div", "line");
    line.append(label, sign);
    if (unit) line.append(make("span", "unit", unit));
    form.append(line);
    return input;
  });
  return {
    read() {
      const given = inputs.map(({ value }) => parseNumber(value));
      inputs.forEach((input, k) => input.setAttribute("aria-invalid", String(given[k] === null)));
      return given.includes(null) ? null : given;
    },
    again() {
      inputs.forEach((input) => input.setAttribute("aria-invalid", "true"));
      inputs[0].select();
    },
    mark() {
      inputs.forEach((input) => input.removeAttribute("aria-invalid"));
    },
    /** @param {number[]} given */
    put(given) {
      inputs.forEach((input, k) => {
        input.value = String(given[k] ?? "");
      });
    },
    focus: () => inputs[0].focus(),
  };
}

/** Cards to choose from, with the keys 1 to 9, or their letters. */
function choices(card, form, text, name) {
  const { exercise } = card;
  const { options } = exercise.answer;
  const group = make("div", "options");
  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-label", exercise.question);
  const pictures = exercise.shown.filter(({ role }) => role === "option");
  const numbers = pictures.filter(({ view }) => view === "numbers"); // of one scale, to be compared
  const together = limitOf(...numbers.map(({ name }) => exercise.arrays[name].data));
  group.classList.toggle("pictured", pictures.length > 0);
  const rows = options.map((/** @type {string} */ option, /** @type {number} */ k) => {
    const label = make("label", "option");
    const input = Object.assign(make("input"), { type: "radio", name, value: String(k) });
    const words = make("span", "words", option);
    const head = make("span", "head");
    head.append(input, ...(LETTER.test(option) ? [] : [make("kbd", "", String(k + 1))]), words);
    label.append(head);
    const picture = pictures[k];
    if (picture) {
      const cells = exercise.arrays[picture.name];
      const limit = picture.view === "numbers" ? together : limitOf(cells.data);
      label.append(drawn(picture, cells, { limit, label: option || fill(text.option, { n: k + 1 }) }));
    }
    group.append(label);
    return { label, input };
  });
  form.append(group);
  card.element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const row = rows[chosenBy(latinKey(event), options)];
    if (!row || row.input.disabled) return;
    event.preventDefault();
    event.stopPropagation(); // the lecture's stage has a use for digits, too
    row.input.checked = true;
    row.input.focus();
  });
  return {
    read() {
      const chosen = rows.findIndex(({ input }) => input.checked);
      return chosen < 0 ? null : [chosen];
    },
    again() {
      rows.find(({ input }) => input.checked)?.label.classList.add("missed");
    },
    /** @param {number[]} given */
    put([given]) {
      if (rows[given]) rows[given].input.checked = true;
    },
    /** @param {number[]} answer */
    mark([answer]) {
      rows.forEach(({ label }, k) => label.classList.toggle("solved", k === answer));
    },
    focus: () => (rows.find(({ input }) => input.checked) ?? rows[0]).input.focus(),
  };
}

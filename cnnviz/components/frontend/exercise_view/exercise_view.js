// Exercises: one after the other, as a numbered worksheet, or one on the lecture's stage. What is asked, the right
// answer and the known mistakes come from Python with each exercise; an answer is checked here, at once.

import { RECOLOURED, themeOf } from "../shared/colours.js";
import { headerHeight, setText } from "../shared/elements.js";
import { send, syncSelection } from "../shared/message.js";
import { fill } from "../shared/numbers.js";
import { askClass, setShownExercise } from "../shared/room.js";
import { same } from "../shared/values.js";
import { defineView } from "../shared/view.js";
import { newCard } from "./card.js";
import { addressOf, newLoader, ROOT } from "./loading.js";
import { drawKinds, drawLevels, drawProgress, saveProgress } from "./overview.js";
import { after, LEVELS, newRecord, newStore } from "./progress.js";

const AT_ONCE = 3; // requests for the questions of a worksheet
const LAST_SEED = 9999;
const loader = newLoader();
const store = newStore();

export default defineView(".exercise", mount, receive);

function mount(root, life) {
  const { on, find, onEnd } = life;
  const view = {
    root,
    data: null,
    question: null, // {kind, level, seed} of the current exercise
    cards: [],
    subject: null, // identity of the card's question, independent of the language
    turn: 0, // of loading: an answer to an older one is dropped
    answered: () => [], // on each card of a worksheet
    progress: store.load(),
  };
  view.sync = syncSelection(view, life, { current: () => ({ ...view.question }) });
  on(find(".kinds"), "change", (event) => chooseKind(view, event.target.value));
  on(find(".levels"), "change", (event) => go(view, { ...view.question, level: Number(event.target.value) }));
  on(find(".again"), "click", () => (view.data.mode === "sheet" ? showSheet(view, view.answered()) : show(view)));
  on(find(".print"), "click", () => print(view, false));
  on(find(".print_answers"), "click", () => print(view, true));
  on(find(".save"), "click", () => saveProgress(view.progress));
  const sure = (asks) => {
    find(".sure").hidden = !asks;
    find(".reset").hidden = asks;
    find(asks ? ".no" : ".reset").focus();
  };
  on(find(".reset"), "click", () => sure(true));
  on(find(".no"), "click", () => sure(false));
  on(find(".yes"), "click", () => {
    store.clear();
    view.progress = {};
    sure(false);
    overview(view);
  });
  const repaint = () => view.cards.forEach((card) => card.repaint());
  on(window, RECOLOURED, repaint);
  on(window, "storage", () => {
    view.progress = store.load(); // another tab has counted
    overview(view);
  });
  on(window, "afterprint", () => root.removeAttribute("data-answers"));
  onEnd(() => {
    view.turn += 1;
    setShownExercise("");
  });
  view.repaint = repaint;
  return view;
}

function receive(view, data) {
  const { root, find } = view;
  const before = view.data;
  view.data = { ...data, image: data.arrays.image?.data ?? null };
  root.className = `exercise ${data.mode}`;
  root.style.setProperty("--top", `${headerHeight()}px`);
  root.setAttribute("aria-label", data.text.title);
  const { text } = data;
  const words = {
    ".again": text.again,
    ".print": text.print,
    ".print_answers": text.print_answers,
    ".save": text.save,
    ".reset": text.reset,
    ".yes": text.yes,
    ".no": text.no,
    ".sure > span": text.sure,
    ".progress summary": text.progress,
    ".private": text.private,
    ".paper": text.paper,
  };
  for (const [selector, line] of Object.entries(words)) setText(find(selector), line);
  const theme = themeOf(root);
  if (view.theme !== theme) view.repaint();
  view.theme = theme;

  if (data.mode === "sheet") {
    if (before?.mode !== "sheet" || before.digest !== data.digest || !same(before.questions, data.questions)) {
      const answered = before?.mode === "sheet" && same(asked(before), asked(view.data)) ? view.answered() : [];
      showSheet(view, answered);
    }
    return;
  }
  const wanted = view.sync.receive(data.question);
  const fresh = !view.question && !data.named; // no link names an exercise: the visitor goes on
  view.question = fresh ? nextQuestion(view, data.question.kind) : { ...view.question, ...wanted };
  if (fresh && !same(view.question, data.question)) view.sync.changed();
  if (before?.digest !== data.digest || Object.keys(wanted).length || fresh) show(view);
  overview(view);
}

/** The next question of a kind, at the level of the visitor's record. */
function nextQuestion({ progress, data }, kind) {
  const { level, tried } = progress[kind] ?? newRecord();
  return { kind, level: Math.min(level, data.levels), seed: (data.question.seed + tried) % LAST_SEED };
}

function chooseKind(view, kind) {
  if (kind !== view.question.kind) go(view, nextQuestion(view, kind));
}

/** Go to an exercise; the link follows. */
function go(view, question) {
  view.question = question;
  view.sync.changed();
  overview(view);
  show(view);
}

/** Load and draw the exercise; the old one stays until it has come. */
async function show(view) {
  const { root, data, question } = view;
  const turn = ++view.turn;
  const failed = root.querySelector(".failed");
  const focused = view.cards.some(({ element }) => element.matches(":focus-within"));
  root.setAttribute("aria-busy", "true");
  let exercise;
  try {
    exercise = await loader.load(data, question);
  } catch {
    // reported below
  }
  if (turn !== view.turn) return;
  root.removeAttribute("aria-busy");
  failed.hidden = Boolean(exercise);
  setText(failed.querySelector("span"), exercise === null ? data.none : data.text.failed);
  const cards = exercise ? [cardOf(view, exercise)] : [];
  const subject = [...asked(data), question];
  const answered = same(subject, view.subject) ? view.cards[0]?.answers() : null;
  if (answered) cards[0]?.restore(answered);
  view.subject = subject;
  put(view, cards);
  setShownExercise(exercise ? addressOf(data, question) : "");
  if (focused && cards.length) cards[0].focus();
  Object.assign(root.dataset, { painted: `${question.kind} ${question.level} ${question.seed}`, kind: question.kind });
}

function cardOf(view, exercise) {
  const { data, question } = view;
  const on = {
    done: (right) => {
      count(view, question, right);
      const next = nextQuestion(view, question.kind);
      view.next = { ...next, seed: (question.seed + 1) % LAST_SEED };
      loader.load(data, view.next).catch(() => {}); // while the explanation is read; asked for again if it fails
    },
    open: () => send(view, "open", question),
    next: () => go(view, view.next),
    ask: askClass,
  };
  return newCard(
    { ...exercise, href: hrefOf(view, exercise.destination) },
    { text: data.text, name: "choice", stage: data.mode === "stage" },
    on,
  );
}

/** The address of the page that shows it, with the choices that hold on every page. */
function hrefOf({ data }, destination) {
  if (!destination) return "";
  const kept = [...new URLSearchParams(location.search)].filter(([key]) => data.carried.includes(key));
  const query = new URLSearchParams({ ...Object.fromEntries(kept), ...destination.link });
  return `${ROOT}/${destination.page === data.home ? "" : destination.page}?${query}`;
}

function put(view, cards) {
  view.cards = cards;
  view.root.querySelector(".cards").replaceChildren(...cards.map(({ element }) => element));
  view.repaint();
}

function count(view, { kind, level }, right) {
  view.progress = store.load(); // another tab may have counted meanwhile
  view.progress[kind] = after(view.progress[kind] ?? newRecord(), { right, level });
  store.save(view.progress);
  overview(view);
}

/** The kinds with the progress of each, the level, and the table of progress. */
function overview(view) {
  const { root, data, question, progress } = view;
  const { text, kinds } = data;
  if (data.mode === "sheet" || data.mode === "stage") return;
  drawKinds(root.querySelector(".kinds"), data, question.kind, progress);
  drawLevels(root.querySelector(".levels"), text, Math.min(LEVELS, data.levels), question.level);
  const { streak } = progress[question.kind] ?? newRecord();
  setText(root.querySelector(".streak"), streak > 1 ? fill(text.streak, { n: streak }) : "");
  drawProgress(root.querySelector(".table"), text, kinds, progress);
}

/** Identity of the questions, independent of the language. */
function asked({ address, query, questions, image }) {
  const choices = new URLSearchParams(query);
  choices.delete("lang");
  return [address, choices.toString(), questions, image && [...image]];
}

/** All questions of a worksheet, in order.
 *  @param {(import("./card.js").Answers | null)[]} answered  the visitor's earlier answers to each of them */
async function showSheet(view, answered) {
  const { root, data } = view;
  const turn = ++view.turn;
  const { questions, text } = data;
  const cards = Array(questions.length).fill(null);
  root.setAttribute("aria-busy", "true");
  view.answered = () => answered;
  view.subject = null;
  put(view, []);
  let missing = false;
  for (let first = 0; first < questions.length; first += AT_ONCE) {
    const part = questions.slice(first, first + AT_ONCE);
    const loaded = await Promise.allSettled(part.map((question) => loader.load(data, question)));
    if (turn !== view.turn) return;
    loaded.forEach((one, k) => {
      if (one.status === "fulfilled" && one.value) cards[first + k] = sheetCard(view, one.value, first + k);
      else missing = true;
    });
  }
  root.removeAttribute("aria-busy");
  root.querySelector(".failed").hidden = !missing;
  setText(root.querySelector(".failed > span"), text.failed);
  cards.forEach((card, k) => card && answered[k] && card.restore(answered[k]));
  view.answered = () => cards.map((card) => card?.answers() ?? null);
  put(view, cards.filter(Boolean));
  score(view);
  root.dataset.painted = `sheet ${view.cards.length}`;
}

function sheetCard(view, exercise, k) {
  const question = view.data.questions[k];
  const options = { text: view.data.text, name: `choice${k}`, number: `${k + 1}.` };
  const card = newCard({ ...exercise, href: hrefOf(view, exercise.destination) }, options, {
    done: (right) => {
      card.first = right;
      count(view, question, right);
      score(view);
    },
    open: () => send(view, "open", question),
    next: null,
  });
  return card;
}

/** Write how many exercises of the sheet were right at the first try, and how many are done. */
function score({ root, cards, data }) {
  const done = cards.filter(({ first }) => first !== undefined).length;
  const right = cards.filter(({ first }) => first).length;
  setText(root.querySelector(".score"), fill(data.text.score, { right, done, count: cards.length }));
  Object.assign(root.dataset, { right, done });
}

function print({ root }, answers) {
  if (answers) root.dataset.answers = "";
  window.print();
}

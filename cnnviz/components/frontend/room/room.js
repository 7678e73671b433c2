// The room of a class: a student's page follows the lecturer's, and a lecturer's page sends its view. The room lives
// in this browser's tab, whichever page is drawn; its connection is to the server, beside Streamlit's.

import { askForCell } from "../shared/cell.js";
import { setText, shape } from "../shared/elements.js";
import { latinKey } from "../shared/keys.js";
import { pageIsAtRest, send } from "../shared/message.js";
import { askForMoment, MOMENT_SHOWN, shownMoment } from "../shared/moment.js";
import { fill } from "../shared/numbers.js";
import { markPage } from "../shared/page_marks.js";
import { BOARD_ASKED, CLASS_ASKED, EXERCISE_SHOWN, shownExercise } from "../shared/room.js";
import { same } from "../shared/values.js";
import { keepView } from "../shared/view.js";
import { connect } from "./connection.js";
import { markup } from "./markup.js";
import { newStore } from "./store.js";
import { textsAt } from "./texts.js";
import { cellAlone, nextOf, pollOf, samePage, showsOwn, spelled, viewAt } from "./views.js";

const ROOT = import.meta.url.split("/_stcore/")[0]; // the server's own address
const BASE = new URL(ROOT).pathname.replace(/\/$/, "");
const SETTLE = 40; // ms that an address stays as it is until it is shown to the class
const PATIENCE = 400; // ms that a page may take until its address counts, complete or not
const AGAIN = 4000; // ms until a page that has not followed is asked again
const NARROW = 640; // px: a screen less wide has no stage
const WORKS = ["here", "people", "answers", "poll", "counted"]; // messages of a server whose rooms can be reached

const store = newStore();

/** The room of this tab; `role` is "", "lead" or "follow". It outlives the component. */
const room = {
  role: "",
  code: "",
  secret: "",
  state: "", // of the connection: "", "on", "lost", "none", "wait", "full", "closed", "ended"
  seconds: 0,
  hours: 0,
  following: true,
  shown: /** @type {import("./views.js").View | null} */ (null), // by the lecturer
  lent: "", // the lecturer's own picture, on this student's page
  asked: "", // address at which Python was asked for the lecturer's own picture
  number: 0,
  sent: /** @type {import("./views.js").View | null} */ (null), // to the class
  baseline: /** @type {import("./views.js").View | null} */ (null), // the view that following opened
  touched: false, // by the student, since the page followed
  people: { following: 0, wandered: 0, names: /** @type {string[]} */ ([]) },
  named: false, // names are on the board
  qr: /** @type {string[]} */ ([]),
  poll: /** @type {import("./poll.js").Poll | null} */ (null), // the question to the class
  revealed: false,
  tally: /** @type {import("./poll.js").Tally} */ ([]),
  mine: /** @type {{poll: string, values: number[]} | null} */ (null), // a student's answer
  fresh: false, // the connection: the server may not know the answer
  connection: /** @type {ReturnType<typeof connect> | null} */ (null),
  times: 0,
  waiting: /** @type {any} */ (0),
};

let current = null; // the view that is drawn into
let opened = 0;
let taken = ""; // secret from the link

export default function (component) {
  const { data } = component;
  const view = keepView(component, ".room", mount);
  current = view;
  view.data = data;
  if (data.lead && data.lead !== taken) {
    taken = data.lead;
    lead(data.lead);
  } else if (!room.role && store.kept().secret) {
    lead(store.kept().secret);
  } else if (data.opened > opened) {
    if (room.role === "lead") view.board = true;
    else lead("");
  } else if (room.role !== "lead" && data.code !== room.code) {
    if (data.code) join(data.code);
    else leave();
  }
  opened = Math.max(opened, data.opened);
  if (room.role === "lead") moved();
  else if (data.picture !== null) send(view, "lead", false); // it led once
  draw();
  return view.end;
}

function mount(root, { on, onEnd }) {
  root.replaceChildren(...markup());
  const view = {
    root,
    data: null,
    board: false,
    polling: false,
    asking: false,
    untouched: false, // whether the form for a question is open without an exercise, and still unused
    sheet: null,
    form: null,
    loading: false,
    pressed: /** @type {EventTarget | null} */ (null), // where the pointer went down
    before: /** @type {HTMLElement | null} */ (null), // the focused element before the board was opened
  };
  on(root, "pointerdown", ({ target }) => (view.pressed = target));
  on(root, "click", press);
  on(root.querySelector(".room_asking"), "submit", askOwn);
  on(root.querySelector(".room_forms"), "change", draw);
  on(window, CLASS_ASKED, askExercise);
  on(window, EXERCISE_SHOWN, draw);
  on(root.querySelector(".room_naming"), "submit", rename);
  on(window, MOMENT_SHOWN, moved);
  on(window, BOARD_ASKED, () => toggleBoard(!view.board));
  on(window, "keydown", (event) => close(view, event), { capture: true });
  for (const type of ["pointerdown", "keydown"])
    on(document, type, (event) => touch(view, event), { capture: true, passive: true });
  const { navigation } = /** @type {any} */ (window);
  if (navigation) on(navigation, "currententrychange", moved);
  else onEnd(watchAddress());
  return view;
}

/** Look for another address, of which browsers without `navigation` say nothing; returns what ends it. */
function watchAddress() {
  let address = location.href;
  const looking = setInterval(() => {
    if (address === location.href) return;
    address = location.href;
    moved();
  }, 250);
  return () => clearInterval(looking);
}

/** The lecturer's own picture, if the page shows one and Python has sent it; "" if it is too large. */
const ownPicture = () => (showsOwn(location) ? current.data.picture : null);
const now = () => viewAt(location, BASE, shownMoment(), room.role === "follow" ? room.lent : (ownPicture() ?? ""));
const isRunning = () =>
  document.querySelector("[data-testid=stApp]")?.getAttribute("data-test-script-state") === "running";

// ---------------------------------------------------------------- connection

function lead(secret) {
  leave();
  Object.assign(room, { role: "lead", secret, sent: now() });
  if (current) current.board = !secret;
  begin(() =>
    room.secret
      ? { do: "lead", secret: room.secret, view: now(), poll: room.poll, revealed: room.revealed }
      : { do: "open", view: now() },
  );
}

function join(code) {
  leave();
  const { following } = store.kept().code === code ? store.kept() : { following: true };
  Object.assign(room, { role: "follow", code, following, shown: null, number: 0, mine: store.kept().given });
  const { id } = store.keep({ code, following });
  begin(() => ({ do: "join", code, id, following: room.following, name: store.kept().name }));
}

function begin(first) {
  const address = `${ROOT.replace(/^http/, "ws")}/cnnviz/room`;
  room.state = "lost";
  room.connection = connect(address, { first, hear, lost });
}

function lost() {
  if (["none", "closed", "full", "ended"].includes(room.state) && !wasIn()) {
    room.connection?.close(); // what is not there does not come by asking
  } else if (room.state === "on") room.state = "lost";
  draw();
}

/** Whether this tab was in the room already: then it comes back, when its server does. */
const wasIn = () => room.state !== "ended" && room.number > 0;

/** End the connection; a lecturer's data of the room are dropped. */
function leave() {
  room.connection?.close();
  clearTimeout(room.waiting);
  Object.assign(room, { role: "", code: "", secret: "", state: "", connection: null, qr: [], number: 0, shown: null });
  Object.assign(room, { lent: "", asked: "", poll: null, revealed: false, tally: [], mine: null, fresh: false });
  Object.assign(room, { named: false, people: { following: 0, wandered: 0, names: [] } });
}

function hear(message) {
  const { is } = message;
  if (room.state === "lost" && WORKS.includes(is)) {
    Object.assign(room, { state: "on", sent: null }); // messages from the time without a connection are sent again
    notify();
  }
  if (is === "opened") {
    Object.assign(room, { state: "on", code: message.code, secret: message.secret, hours: message.hours });
    store.keep({ secret: message.secret });
    room.connection?.send({ do: "qr", base: ROOT });
    room.number = 1;
    notify();
  } else if (is === "joined") {
    Object.assign(room, { state: "on", fresh: true });
  } else if (is === "poll" || is === "answers") {
    question(message);
  } else if (is === "counted") {
    if (message.values) room.mine = store.keep({ given: { poll: message.poll, values: message.values } }).given;
  } else if (is === "view") {
    room.state = "on";
    Object.assign(room, { shown: { picture: "", ...message.view }, number: message.number });
    apply();
  } else if (is === "people") room.people = message;
  else if (is === "qr") room.qr = message.rows;
  else if (is === "ended") end();
  else if (["none", "wait", "full", "closed", "trouble"].includes(is)) {
    room.state = is === "trouble" ? "lost" : is;
    room.seconds = message.seconds ?? 0;
  }
  draw();
}

/** A question to the class, an answer to it, or its end. */
function question({ poll, revealed, tally }) {
  const before = room.poll?.id;
  Object.assign(room, { poll, revealed, tally });
  if (room.mine && room.mine.poll !== poll?.id) room.mine = null;
  if (room.fresh && room.mine && !revealed) room.connection?.send({ do: "answer", ...room.mine });
  room.fresh = false;
  if (current && before !== poll?.id) current.polling = Boolean(poll);
}

function answer(values) {
  room.connection?.send({ do: "answer", poll: room.poll?.id, values });
}

function end() {
  const { role } = room;
  room.state = "ended";
  room.connection?.close();
  if (role === "lead") {
    store.keep({ secret: "" });
    leave();
  }
}

// ---------------------------------------------------------------- the lecturer's side: show

let settling = /** @type {any} */ (0);

/** The address or the stage has changed. */
function moved() {
  if (room.role === "lead") {
    clearTimeout(settling);
    settle(0);
  } else if (room.role === "follow") notice();
}

function settle(waited) {
  if (isRunning() && waited < PATIENCE) settling = setTimeout(() => settle(waited + SETTLE), SETTLE);
  else notify();
}

function notify() {
  if (room.role !== "lead" || room.state !== "on") return;
  if (showsOwn(location) && ownPicture() === null && room.asked !== location.href) {
    room.asked = location.href;
    send(current, "lead", true); // the picture comes with the next run
    return;
  }
  const view = now();
  if (same(view, room.sent)) return;
  room.sent = view;
  room.connection?.send({ do: "show", view });
}

/** Ask the class the exercise that the page shows. */
function askExercise() {
  const poll = pollOf(shownExercise(), newId(), ownPicture());
  if (room.role !== "lead") return;
  if (poll) ask(poll);
  else {
    openForm(); // says why not this one
    draw();
  }
}

/** Open the form for a question of the lecturer's own. */
function openForm() {
  const text = texts("room") ?? {};
  const isLarge = shownExercise() && ownPicture() === "";
  setText(current.root.querySelector(".room_fault"), isLarge ? text.large_question : "");
  Object.assign(current, { polling: false, asking: true });
}

function askOwn(event) {
  event.preventDefault();
  const { data, root, form } = current;
  const typed = root.querySelector(".room_asking");
  const { poll, fault } = form.readForm(typed, { ...data, text: texts("room") }, newId());
  setText(root.querySelector(".room_fault"), fault);
  if (!poll) return;
  form.clearForm(typed);
  ask(poll);
}

function ask(poll) {
  room.connection?.send({ do: "ask", poll });
  Object.assign(room, { poll, revealed: false, tally: [] });
  Object.assign(current, { polling: Boolean(poll), asking: false });
  draw();
}

const newId = () => crypto.getRandomValues(new Uint32Array(2)).join("-");

// ---------------------------------------------------------------- a student's side: follow

/** Show the lecturer's view: by the browser alone if that is enough, else by a run of the page. */
function apply() {
  const { shown, following } = room;
  if (!shown || !following || !current) return;
  clearTimeout(room.waiting);
  room.touched = false;
  room.times = 0;
  if (shown.moment) askForMoment(shown.moment);
  const view = now();
  if (samePage(shown, view)) return;
  const cell = cellAlone(shown, view);
  if (cell) askForCell(cell);
  else go();
}

function go() {
  const { shown, number } = room;
  if (!shown || !current || !room.following || room.role !== "follow") return;
  // a server that came back may have followed, and then have shown the page that the browser named
  const there = current.data.followed === number && now().page === shown.page;
  const next = nextOf(room.times, there, pageIsAtRest());
  if (next) room.waiting = setTimeout(go, AGAIN);
  if (next !== "ask") return;
  const choices = new URLSearchParams(shown.query);
  if (window.innerWidth < NARROW) choices.delete("present");
  room.lent = shown.picture;
  send(current, "follow", { page: shown.page, query: choices.toString(), number, picture: shown.picture });
  room.times += 1;
}

/** Someone has touched something of the page. */
function touch(view, event) {
  const { root } = view;
  view.untouched = false;
  if (event.isTrusted && !event.composedPath().includes(root)) room.touched = true;
}

/** See whether what a student has touched led away from the lecturer's view. */
function notice() {
  const { shown, baseline } = room;
  const view = now();
  if (!room.following || !shown) return;
  if (!room.touched) room.baseline = view;
  else if (isAway(view, shown) && !(baseline && samePage(view, baseline) && view.moment === baseline.moment)) wander();
}

const isAway = (view, shown) => !samePage(view, shown) || (view.moment && shown.moment && view.moment !== shown.moment);

function wander() {
  clearTimeout(room.waiting);
  be(false);
}

function be(following) {
  room.following = following;
  store.keep({ following });
  room.connection?.send({ do: "be", following, name: store.kept().name });
  room.lent = ""; // the student may have picked another one meanwhile
  if (following) apply();
  draw();
}

// ---------------------------------------------------------------- buttons

function press(event) {
  const action = event.target.closest("[data-do]")?.dataset.do;
  const view = current;
  const { root } = view;
  // words that are marked with the pointer may end beside their dialog, which stays open then
  const isBeside = (dialog) => event.target.matches(dialog) && view.pressed === event.target;
  if (action === "back") be(true);
  if (action === "board") toggleBoard(true);
  if (action === "close" || isBeside(".room_board")) toggleBoard(false);
  if (action === "question") view.polling = true;
  if (action === "hide" || isBeside(".room_poll")) view.polling = false;
  if (action === "ask") {
    if (room.poll) view.polling = true;
    else openForm();
  }
  if (action === "other") openForm();
  if (action === "cancel" || isBeside(".room_asking")) view.asking = false;
  if (action === "ask_exercise") askExercise();
  if (action === "take_back") ask(null);
  if (action === "reveal") {
    room.connection?.send({ do: "reveal" });
    room.revealed = true;
  }
  if (action === "names") room.named = !room.named;
  if (action === "copy") copy(event.target, joinAddress());
  if (action === "copy_lead") copy(event.target, `${ROOT}/lecture?lead=${room.secret}`);
  if (action === "name") {
    const form = root.querySelector(".room_naming");
    form.hidden = !form.hidden;
    if (!form.hidden) form.querySelector("input").focus();
  }
  if (action === "end") {
    room.connection?.send({ do: "end" });
    toggleBoard(false);
    end();
  }
  if (action === "leave") {
    if (room.role === "follow") send(view, "leave", true);
    leave();
  }
  draw();
}

function rename(event) {
  event.preventDefault();
  const form = event.target;
  store.keep({ name: form.querySelector("input").value.trim().slice(0, 20) });
  form.hidden = true;
  be(room.following);
}

function toggleBoard(open) {
  const view = current;
  if (!view || room.role !== "lead") return;
  if (open) view.before = focused();
  view.board = open;
  draw();
  if (open) view.root.querySelector("[data-do=close]").focus({ preventScroll: true });
}

/** The focused element, also inside of a component. */
function focused() {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element instanceof HTMLElement ? element : null;
}

/** Take the focus from what is hidden now, at once: the browser does so with its next frame, and a key that comes
 *  before would still be the dialog's. */
function returnFocus(view) {
  const held = view.root.getRootNode().activeElement;
  const hidden = held?.closest("[hidden]");
  if (!hidden) return;
  held.blur();
  (view.before ?? opener(view.root, hidden))?.focus({ preventScroll: true });
  view.before = null;
}

/** The button of the bar that opens a dialog; on the stage none, as there keys are the lecture's. */
function opener(root, dialog) {
  const name = dialog.matches(".room_board") ? "board" : room.role === "lead" ? "ask" : "question";
  return document.documentElement.dataset.stage ? null : root.querySelector(`.room_bar [data-do=${name}]`);
}

/** Escape closes what is open, and nothing else then; the board's own key closes it too. */
function close(view, event) {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const leaves = event.key === "Escape" && (view.board || view.polling || view.asking);
  if (!leaves && !(latinKey(event) === "r" && view.board)) return; // what is open has the focus: the stage hears no key
  event.preventDefault();
  event.stopPropagation();
  Object.assign(view, { board: false, polling: false, asking: false });
  draw();
}

async function copy(button, address) {
  const text = texts("room");
  try {
    await navigator.clipboard.writeText(address);
    setText(button, text.copied);
  } catch {
    prompt(text.copy, address); // forbidden, or none: a server of a class may have no https
  }
}

const joinAddress = () => `${ROOT}/join?room=${room.code}`;

// ---------------------------------------------------------------- drawing

const texts = (topic) => textsAt(`${ROOT}${current.data.texts}/${topic}`, draw);

/** The sentence of the bar. */
function sentence(text) {
  const { role, state, code, people, following, seconds } = room;
  const values = { code: code && spelled(code), n: people.following, m: people.wandered, seconds };
  if (state === "on" && role === "lead") return fill(ownPicture() === "" ? text.large_picture : text.leading, values);
  if (state === "on") return fill(following ? text.following : text.wandered, values);
  const texts = {
    lost: role === "lead" && !code ? text.opening : text.lost,
    none: text.none,
    wait: text.wait,
    full: text.full,
    closed: text.closed,
    ended: text.ended,
  };
  return fill(texts[state] ?? "", values);
}

function draw() {
  const view = current;
  if (!view?.data) return;
  const { root, find } = view;
  const { role, state, following } = room;
  const show = (selector, shown, words = "") => {
    find(selector).hidden = !shown;
    if (words) setText(find(selector), words);
  };
  markPage("data-room", role && state === "on" ? role : "");
  Object.assign(root.dataset, { role, state, following: String(role === "follow" && following) });
  const text = role && texts("room");
  if (!role || text) root.hidden = !role;
  if (!text) return;
  const led = role === "lead";
  setText(
    find(".room_sign"),
    state !== "on" ? "cloud_off" : led ? "meeting_room" : following ? "visibility" : "explore",
  );
  setText(find(".room_said"), sentence(text));
  show("[data-do=back]", role === "follow" && state === "on" && !following, text.back);
  show(".room_bar [data-do=question]", !led && state === "on" && Boolean(room.poll), text.question);
  show(".room_bar [data-do=ask]", led && state === "on", room.poll ? text.question : text.ask);
  show(".room_bar [data-do=board]", led && state === "on", text.board);
  show("[data-do=name]", role === "follow" && state === "on", "person");
  show("[data-do=leave]", !led || !room.code, "close");
  for (const [action, words] of [
    ["name", store.kept().name || text.name],
    ["leave", text.leave],
  ])
    Object.assign(find(`[data-do=${action}]`), { title: words, ariaLabel: words });
  setText(find(".room_naming span"), text.name_label);
  setText(find(".room_naming button"), text.name_save);
  if (find(".room_naming").hidden) find(".room_naming input").value = store.kept().name;
  drawBoard(view, text, find, show);
  drawPoll(view, text, find, show);
  returnFocus(view);
}

/** Load the module that draws questions: most visitors never see one. */
async function loadQuestions(view) {
  if (view.loading) return;
  view.loading = true;
  let newSheet, form;
  try {
    [{ newSheet }, form] = await Promise.all([import("./poll.js"), import("./asking.js")]);
  } catch {
    view.loading = false; // the next time it is tried again
    return;
  }
  view.sheet = newSheet(view.root.querySelector(".room_poll"), { answer });
  view.form = form;
  draw();
}

function drawPoll(view, text, find, show) {
  const { data } = view;
  const { poll, revealed, tally, mine, state } = room;
  const led = room.role === "lead";
  if (!view.form && (view.polling || view.asking)) {
    loadQuestions(view);
    return;
  }
  const [polling, asking] = [Boolean(poll) && view.polling && state === "on", led && view.asking && state === "on"];
  const arrives = polling && !led && find(".room_poll").hidden;
  const opens = asking && find(".room_asking").hidden;
  show(".room_poll", polling);
  show(".room_asking", asking);
  find(".room_poll").ariaLabel = text.question;
  find(".room_panel").classList.toggle("exercise", polling); // its style is that of exercises
  const words = polling && texts("exercise_view");
  if (words) {
    const { language } = data;
    view.sheet.show({ poll, revealed, tally, mine: mine?.values ?? null, led, language, text, words });
  }
  show("[data-do=reveal]", led && !revealed, text.reveal);
  show("[data-do=other]", led, text.other);
  show("[data-do=take_back]", led, text.take_back);
  show("[data-do=hide]", true, text.hide);
  const asked = asking && pollOf(shownExercise(), "", ownPicture());
  if (asking) view.form.drawForm(find(".room_asking"), { ...data, text }, Boolean(asked));
  const comes = asking && asked && view.untouched;
  if (opens || comes) find(asked ? "[data-do=ask_exercise]" : "[name=question]").focus({ preventScroll: true });
  if (opens || comes || !asking) view.untouched = opens && !asked;
  if (arrives) find(".room_poll").focus({ preventScroll: true }); // a screen reader says that it is there
}

function drawBoard(view, text, find, show) {
  const { code, state, people, named, qr, hours } = room;
  show(".room_board", view.board && room.role === "lead" && Boolean(code));
  if (find(".room_board").hidden) return;
  find(".room_board").ariaLabel = text.board_title;
  setText(find(".room_board h2"), text.board_title);
  setText(find(".room_code"), spelled(code));
  setText(find(".room_address"), `${ROOT.replace(/^https?:\/\//, "")}/join`);
  setText(find(".room_board .room_people"), fill(text.people, { n: people.following, m: people.wandered }));
  setText(find(".room_lasts"), fill(text.lasts, { hours }));
  show(".room_board .room_names", named && people.names.length > 0, people.names.join(" · ") || " ");
  show(
    "[data-do=names]",
    people.names.length > 0,
    fill(named ? text.names_hide : text.names_show, { n: people.names.length }),
  );
  show("[data-do=copy]", true, text.copy);
  show("[data-do=copy_lead]", true, text.copy_lead);
  show("[data-do=end]", state === "on", text.end); // else the class would follow on
  show("[data-do=close]", true, text.close);
  drawQr(find(".room_qr"), qr, text.qr);
}

/** Dark cells as one path: a class scans it from the last row. */
function drawQr(svg, rows, label) {
  if (svg.dataset.rows === rows.join()) return;
  svg.dataset.rows = rows.join();
  svg.ariaLabel = label;
  const quiet = 4;
  const size = rows.length + 2 * quiet;
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  const d = rows
    .flatMap((row, y) => [...row].map((cell, x) => (cell === "1" ? `M${x + quiet} ${y + quiet}h1v1h-1z` : "")))
    .join("");
  svg.replaceChildren(
    shape("rect", { width: size, height: size, class: "qr_light" }),
    shape("path", { d, class: "qr_dark" }),
  );
}

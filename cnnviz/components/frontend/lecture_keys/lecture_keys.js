import { askForCell } from "../shared/cell.js";
import { setText } from "../shared/elements.js";
import { send } from "../shared/message.js";
import { MOMENT_ASKED, setShownMoment, takeMoment } from "../shared/moment.js";
import { markPage } from "../shared/page_marks.js";
import { BOARD_ASKED } from "../shared/room.js";
import { keepView } from "../shared/view.js";
import { fetchAhead } from "./ahead.js";
import { askFor, forget, hasCome, newAsking } from "./asking.js";
import { wishOf } from "./keys.js";
import { marked } from "./marked.js";
import { goingTo, isGoneBackTo, keepMoment, keptMoment, moveOf } from "./moves.js";
import { newPointing, pointAt } from "./pointing.js";
import { closeLater, followSpeaker, forgetClosed, openSpeaker } from "./speaker.js";
import { clear, newStage, present } from "./stage.js";

const NARROW = 640; // px: a screen less wide shows the page as it is, below the step's text
const BAR = ".st-key-lecture_bar";
const POINTED = 2500; // ms that the controls stay after the pointer has moved
const TYPED = 2000; // ms within which digits make one number

let shown = null; // the step last shown: another one is read from its top

let current = null; // the view that keys go to, from the speaker's window too

const asking = newAsking((name) => current.root.isConnected && send(current, "step", name)); // views come and go meanwhile

export default function (component) {
  const { data } = component;
  const view = keepView(component, ".keys", mount);
  current = view;
  const name = `${data.names[data.current]} ${data.away}`;
  if (shown !== name) {
    document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
    const step = data.names[data.current];
    view.index = isGoneBackTo(step) ? Infinity : shown === null && isReloaded() ? keptMoment(step) : 0;
  }
  shown = name;
  Object.assign(view, { data, names: data.names, presenting: data.presenting });
  hasCome(asking, data.names[data.current], data.away);
  // on another page: between the step and the next one; of keys pressed meanwhile each goes on from where the last led
  if (!asking.wanted) view.position = data.away ? data.current + 0.5 : data.current;
  const [look, notes] = /** @type {HTMLButtonElement[]} */ ([...view.root.querySelectorAll("button")]);
  look.hidden = !data.look || Boolean(data.stage);
  look.textContent = `↓ ${data.look}`;
  look.onclick = async () => {
    const { goTo } = await import("./looking.js"); // by those who want to go there
    goTo(data.look, () => shown === name);
  };
  notes.hidden = data.away;
  notes.textContent = `↗ ${data.speaker.open}`;
  notes.onclick = () => {
    openSpeaker(data.speaker, view.root, press);
    if (data.stage) notes.blur(); // Space goes on
  };
  followSpeaker(data.speaker, view.root, press);
  view.root.dataset.listening = data.names[data.current];
  view.root.dataset.away = data.away;
  stageIt(view);
  return view.end;
}

function mount(root, life) {
  const { on, find, onEnd } = life;
  const view = { root, index: 0, digits: "", caption: find(".caption"), help: find(".help"), blank: find(".blank") };
  const stage = newStage(view.caption);
  Object.assign(view, { stage, pointing: newPointing(life), typed: find(".typed"), hiding: 0, typing: 0 });
  on(document, "keydown", press);
  on(document, "pointermove", (event) => (event.movementX || event.movementY ? showControls(view, event) : null));
  on(document, "pointerdown", (event) => showControls(view, event));
  on(document, "focusin", () => showControls(view));
  on(window, "resize", () => stageIt(view));
  on(window, MOMENT_ASKED, () => stageIt(view));
  on(window, "pagehide", forgetClosed);
  on(window, "popstate", () => forget(asking)); // gone to another page, or back
  onEnd(() => {
    clearTimeout(view.hiding);
    hideControls(view);
    clear(stage);
    setShownMoment("");
    closeLater(() => current !== view);
  });
  return view;
}

/** Whether the browser has reloaded the page, not followed a link to it: a link leads to the step's beginning. */
const isReloaded = () =>
  performance.getEntriesByType("navigation").some((entry) => /** @type {any} */ (entry).type === "reload");

/** Whether the step is on the stage. */
const isStaged = ({ data }) => Boolean(data?.stage) && window.innerWidth >= NARROW;

/** Show the moment of the step that its index names, or the page as it is. */
function stageIt(view) {
  const { data, caption, root } = view;
  if (!data) return;
  const staged = isStaged(view);
  caption.hidden = !staged;
  root.classList.toggle("staged", staged);
  if (!staged) {
    view.staged = false;
    hideControls(view);
    clear(view.stage);
    setShownMoment("");
    pointAt(view.pointing, data.pointed);
    if (view.at) askForCell("");
    view.at = "";
    for (const part of [view.help, view.blank, view.typed]) part.hidden = true;
    return;
  }
  if (!view.staged && document.activeElement instanceof HTMLElement) document.activeElement.blur(); // Space goes on
  const { title, moments, words } = data.stage;
  view.index = takeMoment(data.names[data.current]) ?? view.index;
  view.index = Math.max(0, Math.min(view.index, moments.length - 1));
  const moment = moments[view.index];
  setText(caption.querySelector(".title"), title);
  const sentence = caption.querySelector(".sentence");
  if (sentence.dataset.text !== moment.text) {
    sentence.dataset.text = moment.text;
    sentence.replaceChildren(...marked(moment.text));
  }
  setText(caption.querySelector(".count"), `${data.current + 1} / ${data.names.length}`);
  const done = (data.current + (view.index + 1) / moments.length) / data.names.length;
  caption.querySelector(".done i").style.width = `${100 * done}%`;
  view.help.replaceChildren(
    ...words.keys.map((line) => Object.assign(document.createElement("p"), { textContent: usable(line) })),
  );
  view.help.ariaLabel = words.keys_title;
  view.staged = true;
  fetchAhead(data.components);
  root.dataset.moment = String(view.index);
  keepMoment(data.names[data.current], view.index);
  setShownMoment(`${data.names[data.current]} ${view.index}`);
  const at = `${data.names[data.current]} ${view.index}`;
  const begins = view.at !== at; // the visitor may go on from where it begins
  view.at = at;
  present(view.stage, moment, begins ? moment.press : undefined);
  pointAt(view.pointing, moment.lines);
  if (begins) askForCell(moment.cell);
}

function press(event) {
  const wish = wishOf(event, current.presenting);
  if (!wish) return;
  const view = current;
  if (wish.leave) {
    if (!view.help.hidden || !view.blank.hidden) view.help.hidden = view.blank.hidden = true;
    else send(view, "leave", true);
    return;
  }
  if (wish.move) {
    event.preventDefault();
    view.blank.hidden = view.help.hidden = true;
    move(view, wish.move);
  } else if (isStaged(view)) {
    if (wish.stage || wish.digit) event.preventDefault();
    if (wish.stage === "blank") view.blank.hidden = !view.blank.hidden;
    if (wish.stage === "help") view.help.hidden = !view.help.hidden;
    if (wish.stage === "full") toggleFull();
    if (wish.stage === "room") window.dispatchEvent(new Event(BOARD_ASKED));
    if (wish.digit) type(view, view.digits + wish.digit);
    if (wish.enter && view.digits) {
      event.preventDefault();
      const name = view.names[Number(view.digits) - 1];
      type(view, "");
      if (name) leaveFor(view, name);
    }
  }
}

/** One moment on or back; past the step's end to another step, by name, so that nothing happens twice. */
function move(view, by) {
  const { data, names, index, position } = view;
  const moments = isStaged(view) ? data.stage.moments.length : 0;
  const to = moveOf({ index, moments, position, shown: data.current, steps: names.length }, by);
  if (to && "index" in to) {
    view.index = to.index;
    stageIt(view);
  } else if (to && "step" in to) {
    view.position = to.step;
    leaveFor(view, names[to.step], by < 0);
  }
}

/** Go to another step. */
function leaveFor(view, name, back = false) {
  goingTo(name, back);
  askFor(asking, name, view.names[view.data.current]);
}

/** Show the digits typed so far, for a while. */
function type(view, digits) {
  view.digits = digits.slice(-3);
  view.typed.hidden = !view.digits;
  setText(view.typed, view.digits);
  clearTimeout(view.typing);
  if (view.digits) view.typing = setTimeout(() => type(view, ""), TYPED);
}

function toggleFull() {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (document.fullscreenEnabled) document.documentElement.requestFullscreen().catch(() => {}); // the key may be another window's
}

/** A line of the list of keys, without the full screen where there is none: on an iPhone, in most frames.
 *  @param {string} line */
const usable = (line) => (document.fullscreenEnabled ? line : line.replace(/ *\bf: .+?(?= {3}|$)/, ""));

/** Show the controls of the picture while the pointer moves or the keyboard's focus is in them; those of the lecture
 *  while it is over the sentence, whose place they take, or the focus is in the bar.
 *  @param {PointerEvent} [event] none: the focus has moved */
function showControls(view, event) {
  if (!isStaged(view)) return;
  markPage("data-stage-controls", "");
  view.root.classList.toggle("pointed", Boolean(event));
  if (event) showBar(view, isOverBar(view, event) || isBarInUse());
  else if (isBarInUse()) showBar(view, true);
  clearTimeout(view.hiding);
  view.hiding = setTimeout(() => hideControls(view), POINTED);
}

function hideControls(view) {
  markPage("data-stage-controls", null);
  view.root.classList.remove("pointed");
  showBar(view, isStaged(view) && isBarInUse());
}

function showBar(view, shown) {
  document.documentElement.toggleAttribute("data-stage-bar", shown);
  view.root.classList.toggle("barred", shown);
}

const isOverBar = ({ caption }, event) =>
  event.clientY >= caption.getBoundingClientRect().top ||
  (document.documentElement.hasAttribute("data-stage-bar") &&
    event.composedPath().some((node) => node instanceof Element && node.matches(BAR)));

/** Whether the keyboard has led into the bar, or a list of it is open; what was clicked keeps the focus, too, and must
 *  not hold it open. */
const isBarInUse = () => Boolean(document.querySelector(`${BAR} :is(:focus-visible, [aria-expanded=true])`));

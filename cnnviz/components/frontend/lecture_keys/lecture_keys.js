import { send } from "../shared/message.js";
import { keepView } from "../shared/view.js";

const MOVES = { PageDown: 1, ArrowRight: 1, PageUp: -1, ArrowLeft: -1 };
const WRITING = "textarea, [contenteditable=true]";
const OPENED = "[role=dialog], [role=listbox], [role=menu], [data-baseweb=popover]";
const ROLES = ["application", "combobox", "grid", "radio", "radiogroup", "slider", "spinbutton", "tab", "tablist"];
const USES_ARROWS = [WRITING, OPENED, "input, select, audio, video", ...ROLES.map((role) => `[role=${role}]`)].join(
  ", ",
);
const OPENING = 400; // ms that an expander takes to open
const NAME = "cnnviz-speaker"; // of the speaker's window: opened again, it is the same one
const GONE = 3000; // ms without a lecture after which the speaker's window closes

let shown = null; // the step last shown: another one is read from its top

let current = null; // the view that keys go to, from the speaker's window too

let speaker = null; // the speaker's window; it outlives the view, which each page makes anew, and a reload

export default function (component) {
  const { data } = component;
  const view = keepView(component, ".keys", listen);
  current = view;
  view.names = data.names;
  view.presenting = data.presenting;
  view.place = data.away ? data.place + 0.5 : data.place; // on another page: between the step and the next one
  const name = `${data.names[data.place]} ${data.away}`;
  if (shown !== name) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  shown = name;
  const [look, notes] = /** @type {HTMLButtonElement[]} */ ([...view.root.children]);
  look.hidden = !data.look;
  look.textContent = `↓ ${data.look}`;
  look.onclick = () => goTo(data.look);
  notes.hidden = data.away;
  notes.textContent = `↗ ${data.speaker.open}`;
  const since = () => Number(sessionStorage.getItem(NAME));
  notes.onclick = () => {
    openNotes(data.speaker, isOpen() ? since() : Date.now());
    speaker?.focus();
  };
  if (since() && !speaker)
    openNotes(data.speaker, since()); // the page has been loaded anew beside its window
  else writeNotes(data.speaker);
  view.root.dataset.listening = data.names[data.place];
  view.root.dataset.away = data.away;
  return view.end;
}

function listen(root, { on, onEnd }) {
  const view = { root };
  on(document, "keydown", press);
  on(window, "pagehide", () => isOpen() || sessionStorage.removeItem(NAME));
  onEnd(() => setTimeout(() => current === view && closeNotes(), GONE));
  return view;
}

function press(event) {
  const { key } = event;
  if (event.defaultPrevented || event.repeat || event.isComposing) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const path = event.composedPath();
  if (key === "Escape") {
    if (current.presenting && !within(path, OPENED)) send(current, "leave", true);
  } else if (key in MOVES && !within(path, WRITING) && !(key.startsWith("Arrow") && usesArrows(path))) {
    event.preventDefault();
    move(current, MOVES[key]);
  }
}

/** Ask for the step before or after the place; by name, so that nothing happens twice. */
function move(view, by) {
  const next = by > 0 ? Math.floor(view.place) + 1 : Math.ceil(view.place) - 1;
  if (!view.names[next]) return;
  view.place = next;
  send(view, "step", view.names[next]);
}

/** The notes in a window of their own, for the speaker's screen; its keys move the lecture too. */
function openNotes(words, began) {
  speaker = window.open("", NAME, "popup,width=620,height=720");
  sessionStorage.setItem(NAME, speaker ? began : "");
  if (!speaker) return; // the browser forbids it, and says so itself
  const { document: page } = speaker;
  page.head.replaceChildren(Object.assign(page.createElement("style"), { textContent: NOTES_STYLE }));
  page.onkeydown = press;
  speaker.clearInterval(speaker.clock);
  speaker.clock = speaker.setInterval(() => tick(page, began), 1000);
  writeNotes(words);
  tick(page, began);
}

function closeNotes() {
  speaker?.close();
  speaker = null;
  sessionStorage.removeItem(NAME);
}

const isOpen = () => speaker !== null && !speaker.closed;

const NOTES_STYLE = `
  body { margin: 1.5rem; font: 1.25rem/1.6 var(--font); color: var(--text); background: var(--background); }
  header { display: flex; justify-content: space-between; gap: 1rem; font-variant-numeric: tabular-nums; }
  h1 { margin: 0.75rem 0; font-size: 1.6rem; line-height: 1.3; }
  p { margin: 0.75rem 0; }
  code { font-family: ui-monospace, monospace; }
  footer { margin-top: 1.5rem; padding-top: 0.75rem; border-top: 1px solid currentColor; }
`;

/** Show a step's notes in the speaker's window, if there is one. */
function writeNotes(words) {
  if (!isOpen()) return;
  const { document: page } = speaker;
  const style = getComputedStyle(current.root);
  for (const [name, value] of [
    ["--font", style.fontFamily],
    ["--text", style.getPropertyValue("--st-text-color")],
    ["--background", style.getPropertyValue("--st-background-color")],
  ]) {
    page.documentElement.style.setProperty(name, value);
  }
  page.documentElement.lang = words.language;
  page.title = words.title;
  const make = (tag, ...children) => {
    const element = page.createElement(tag);
    element.append(...children);
    return element;
  };
  const marked = (text) =>
    text.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((part) => {
      if (part.startsWith("**")) return make("strong", part.slice(2, -2));
      return part.startsWith("`") ? make("code", part.slice(1, -1)) : part;
    });
  const clock = page.querySelector("time") ?? make("time");
  page.body.replaceChildren(
    make("header", make("span", words.place), clock),
    make("h1", words.title),
    // a question and its answer each begin a line: "**Ask:** ..."
    ...words.notes.split(/(?=\*\*[^*]+:\*\*)/).map((text) => make("p", ...marked(text))),
    ...(words.next ? [make("footer", words.next)] : []),
  );
  speaker.scrollTo(0, 0);
}

/** Write how long the window has been open. */
function tick(page, began) {
  const seconds = Math.floor((Date.now() - began) / 1000);
  page.querySelector("time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

// what is in the speaker's window is an element of that window's own kind
const within = (path, selector) => path.some((node) => node.nodeType === 1 && node.matches(selector));

/** Whether what has the focus has its own use for arrow keys; every component (a shadow root) may have. */
const usesArrows = (path) => within(path, USES_ARROWS) || path.some((node) => node instanceof ShadowRoot);

/** Scroll to the heading, or to the expander, of that name; an expander is opened. */
function goTo(name) {
  const hosts = [...document.querySelectorAll("[data-testid=stMain] *")].filter((each) => each.shadowRoot);
  const roots = [document, ...hosts.map((host) => host.shadowRoot)];
  const selector = "h2, h3, summary";
  const named = roots.flatMap((root) => /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]));
  const found = named.find((each) => each.textContent.includes(name));
  if (!found) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const show = () => found.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
  const { parentElement: around } = found;
  if (found.tagName === "SUMMARY" && around instanceof HTMLDetailsElement && !around.open) {
    found.click();
    setTimeout(show, OPENING); // before it has opened there may be nothing below to scroll into
  }
  show();
}

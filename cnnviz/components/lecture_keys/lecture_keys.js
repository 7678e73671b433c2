const MOVES = { PageDown: 1, ArrowRight: 1, PageUp: -1, ArrowLeft: -1 };
const WRITING = "textarea, [contenteditable=true]";
const OPENED = "[role=dialog], [role=listbox], [role=menu], [data-baseweb=popover]";
const ROLES = ["application", "combobox", "grid", "radio", "radiogroup", "slider", "spinbutton", "tab", "tablist"];
const USES_ARROWS = [WRITING, OPENED, "input, select, audio, video", ...ROLES.map((role) => `[role=${role}]`)].join(", ");
const OPENING = 400; // ms that an expander takes to open
let shown = null; // the step last shown: another one is read from its top

export default function (component) {
  const { data } = component;
  const view = keepView(component, ".look", listen);
  view.names = data.names;
  view.presenting = data.presenting;
  view.place = data.away ? data.place + 0.5 : data.place; // on another page: between the step and the next one
  const name = `${data.names[data.place]} ${data.away}`;
  if (shown !== name) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  shown = name;
  const button = view.root;
  button.hidden = !data.look;
  button.textContent = `↓ ${data.look}`;
  button.onclick = () => goTo(data.look);
  button.dataset.listening = data.names[data.place];
  button.dataset.away = data.away;
  return view.end;
}

function listen(root, { on }) {
  const view = { root };
  on(document, "keydown", (event) => {
    const { key } = event;
    if (event.defaultPrevented || event.repeat || event.isComposing) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const path = event.composedPath();
    if (key === "Escape") {
      if (view.presenting && !within(path, OPENED)) view.setTriggerValue("leave", true);
    } else if (key in MOVES && !within(path, WRITING) && !(key.startsWith("Arrow") && usesArrows(path))) {
      event.preventDefault();
      move(view, MOVES[key]);
    }
  });
  return view;
}

/** Ask for the step before or after the place; by name, so that nothing happens twice. */
function move(view, by) {
  const next = by > 0 ? Math.floor(view.place) + 1 : Math.ceil(view.place) - 1;
  if (!view.names[next]) return;
  view.place = next;
  view.setTriggerValue("go", view.names[next]);
}

const within = (path, selector) => path.some((node) => node instanceof Element && node.matches(selector));

/** Whether what has the focus has its own use for arrow keys; every component (a shadow root) may have. */
const usesArrows = (path) => within(path, USES_ARROWS) || path.some((node) => node instanceof ShadowRoot);

/** Scroll to the heading, or to the expander, of that name; an expander is opened. */
function goTo(name) {
  const hosts = [...document.querySelectorAll("[data-testid=stMain] *")].filter((each) => each.shadowRoot);
  const roots = [document, ...hosts.map((host) => host.shadowRoot)];
  const named = roots.flatMap((root) => [...root.querySelectorAll("h2, h3, summary")]);
  const found = named.find((each) => each.textContent.includes(name));
  if (!found) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const show = () => found.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
  if (found.tagName === "SUMMARY" && !found.parentElement.open) {
    found.click();
    setTimeout(show, OPENING); // before it has opened there may be nothing below to scroll into
  }
  show();
}

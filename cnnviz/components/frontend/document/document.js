// Settings of the whole page: its language, the colours of signed numbers, the changes of its address that count as a
// new page, names of Streamlit's own widgets, and reconnection.
//
// Streamlit gives every change of the query its own entry in the browser's history: Back would lead through each
// choice and each cell that one rested on. So a new query of the same page replaces the old one, and Back leaves it.

import { RECOLOURED } from "../shared/colours.js";
import { soon } from "../shared/view.js";
import { guardConnection } from "./connection.js";
import { isEmbedded, reportHeight } from "./embedding.js";
import { reachCode, renameAll } from "./names.js";

const CHANGED = Symbol.for("cnnviz.address");
const NAMING = Symbol.for("cnnviz.names");
const THEME = Symbol.for("cnnviz.theme");

export default function ({ data }) {
  const root = document.documentElement;
  root.lang = data.language; // Streamlit's own page says "en", whatever it shows
  const { style } = root;
  const changed = Object.entries(data.colours).filter(([name, value]) => style.getPropertyValue(name) !== value);
  followTheme(data.dark);
  changed.forEach(([name, value]) => style.setProperty(name, value));
  if (changed.length) window.dispatchEvent(new Event(RECOLOURED));
  keepNamed(data.names, data.languages);
  guardConnection();
  if (window[CHANGED]) return;
  window[CHANGED] = true;
  if (isEmbedded(location.search)) {
    root.dataset.embedded = "";
    reportHeight();
  }
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const samePage = url && new URL(url, location.href).pathname === location.pathname;
    if (samePage) history.replaceState(state, title, url);
    else push(state, title, url);
  };
}

const naming = { frame: 0, texts: {}, languages: {} }; // those of now, though a frame is due

/** Name Streamlit's widgets, now and whenever it draws one: once a frame, however many it draws. */
function keepNamed(texts, languages) {
  window[NAMING]?.disconnect();
  const rename = () => {
    renameAll(document, naming.texts, naming.languages);
    reachCode(document);
  };
  Object.assign(naming, { texts, languages });
  rename();
  window[NAMING] = new MutationObserver(() => soon(naming, rename));
  window[NAMING].observe(document.body, { childList: true, subtree: true, attributeFilter: ["aria-label"] });
}

/** Follow Streamlit's theme, which changes without a run: its own scheme is on its app, not on what opens over it, and
 *  the word mark is drawn for the theme of the last run. */
function followTheme(dark) {
  window[THEME]?.disconnect();
  const root = document.documentElement;
  const app = document.querySelector(".stApp");
  const follow = () => {
    const scheme = app ? getComputedStyle(app).colorScheme : "";
    const isDark = /dark|light/.test(scheme) ? scheme === "dark" : dark;
    root.style.colorScheme = isDark ? "dark" : "light";
    root.toggleAttribute("data-mark-inverted", isDark !== dark);
  };
  follow();
  window[THEME] = new MutationObserver(follow);
  if (app) window[THEME].observe(app, { attributeFilter: ["class"] });
}

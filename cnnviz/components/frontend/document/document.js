// What the page tells the browser about itself: its language, the colours of signed numbers, and which
// changes of its address are a page.
//
// Streamlit gives every change of the query its own entry in the browser's history. Here each choice and
// each cell that one rests on changes it, and Back would lead through all of them, one dead press each.
// So a new query of the same page replaces the old one: an entry is a page, and Back leaves it.

import { RECOLOURED } from "../shared/colours.js";

const CHANGED = Symbol.for("cnnviz.address");

export default function ({ data }) {
  const root = document.documentElement;
  root.lang = data.language; // Streamlit's own page says "en", whatever it shows
  const { style } = root;
  const changed = Object.entries(data.colours).filter(([name, value]) => style.getPropertyValue(name) !== value);
  style.colorScheme = data.dark ? "dark" : "light"; // Streamlit's own is on its app, not on what opens over it
  changed.forEach(([name, value]) => style.setProperty(name, value));
  if (changed.length) window.dispatchEvent(new Event(RECOLOURED));
  if (window[CHANGED]) return;
  window[CHANGED] = true;
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const samePage = url && new URL(url, location.href).pathname === location.pathname;
    if (samePage) history.replaceState(state, title, url);
    else push(state, title, url);
  };
}

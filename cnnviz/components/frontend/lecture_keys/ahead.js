// Prefetching for later steps of the lecture while it is idle, so that no step waits: Streamlit's scripts for charts
// and code, megabytes that it fetches when the first chart is drawn, and our components.

export const SCRIPTS = ["PlotlyChart", "StreamlitSyntaxHighlighter"];

const [, BASE] = /^(.*\/[^/.]+\.)modules\//.exec(import.meta.url) ?? []; // of the addresses of all components

let begun = false;

/** The files of scripts, found in Streamlit's main script.
 *  @param {string} source of the main script
 *  @param {string[]} names
 *  @returns {string[]} */
export const filesOf = (source, names = SCRIPTS) =>
  names.flatMap((name) => new RegExp(`\\b${name}\\.[\\w-]+\\.js`).exec(source)?.[0] ?? []);

/** The addresses that a style sheet imports.
 *  @param {string} sheet
 *  @returns {string[]} */
export const importsOf = (sheet) => [...sheet.matchAll(/@import url\("([^"]+)"\)/g)].map(([, url]) => url);

/** Fetch it all once the browser has nothing to do; nothing waits for it, and without it all works as well.
 *  @param {string[]} components by their names */
export async function fetchAhead(components) {
  if (begun) return;
  begun = true;
  const main = /** @type {HTMLScriptElement | null} */ (document.querySelector("script[type=module][src*='/index.']"));
  await rest();
  const source = main ? await text(main.src) : ""; // it lies in the browser's cache
  for (const file of filesOf(source)) {
    await import(new URL(file, main?.src).href).catch(() => {}); // that of charts takes half a second to start
    await rest();
  }
  for (const name of BASE ? components : []) {
    await rest();
    const sheet = `${BASE}${name}/${name}/${name}.css`;
    await Promise.allSettled([
      import(`${BASE}${name}/shared/start.js`).then(({ started }) => started),
      text(sheet).then((rules) => Promise.all(importsOf(rules).map((url) => text(new URL(url, sheet).href)))),
    ]);
  }
}

/** Wait until the browser has nothing to do. */
const rest = () => new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve));

/** The text at an address, "" where there is none.
 *  @param {string} url */
const text = (url) =>
  fetch(url).then(
    (answer) => answer.text(),
    () => "",
  );

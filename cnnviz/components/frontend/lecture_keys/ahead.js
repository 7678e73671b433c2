// Streamlit's scripts for charts and code, megabytes that it fetches when the first chart is drawn: fetched and parsed
// while the lecture rests, so that the step that needs them does not wait.

export const SCRIPTS = ["PlotlyChart", "StreamlitSyntaxHighlighter"];

let begun = false;

/** The files of scripts, by what Streamlit's main script says of them.
 *  @param {string} source of the main script
 *  @param {string[]} names
 *  @returns {string[]} */
export const filesOf = (source, names = SCRIPTS) =>
  names.flatMap((name) => new RegExp(`\\b${name}\\.[\\w-]+\\.js`).exec(source)?.[0] ?? []);

/** Fetch the scripts once the browser has nothing to do; nothing waits for it, and without it all works as well. */
export function fetchAhead() {
  if (begun) return;
  begun = true;
  (window.requestIdleCallback ?? setTimeout)(async () => {
    const main = /** @type {HTMLScriptElement | null} */ (
      document.querySelector("script[type=module][src*='/index.']")
    );
    if (!main) return;
    const source = await fetch(main.src).then(
      (answer) => answer.text(), // it lies in the browser's cache
      () => "",
    );
    for (const file of filesOf(source)) {
      const link = Object.assign(document.createElement("link"), { rel: "modulepreload", crossOrigin: "" });
      link.href = new URL(file, main.src).href;
      document.head.append(link);
    }
  });
}

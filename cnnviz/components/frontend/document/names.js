// Accessible names of Streamlit's own widgets: they are in English, and the two buttons of a number
// input say only "Increment" and "Decrement", whatever the number is.

import { fill } from "../shared/numbers.js";

/** @type {[RegExp, string][]} Streamlit's name, and the key of the text that replaces it */
const NAMES = [
  [/^Increment$/, "increment"],
  [/^Decrement$/, "decrement"],
  [/^Help(?: for (.+))?$/, "help"],
  [/^Fullscreen: (.+)$/, "enlarge"],
  [/^Fullscreen$/, "enlarge_chart"],
  [/^Close fullscreen\b/, "shrink"],
  [/^Open$/, "open"],
  [/^Close$/, "close"],
  [/^Clear (?:value|all)$/, "clear"],
  [/^Sidebar$/, "sidebar"],
  [/^Expand sidebar$/, "open_sidebar"],
  [/^Collapse sidebar$/, "close_sidebar"],
  [/^App pages$/, "pages"],
  [/^Main menu$/, "menu"],
  [/^Navigate to home page$/, "home"],
  [/^Show\/hide columns$/, "columns"],
  [/^Download as CSV$/, "download"],
  [/^Search$/, "search"],
  [/^Notifications\b/, "notifications"],
  [/^Running\.\.\.$/, "running"],
  [/^Stop script$/, "stop"],
  [/^file upload$/, "upload"],
  [/^Skip to main content$/, "skip"],
  [/^Copy to clipboard$/, "copy"],
  [/^Remove (.+)$/, "remove"],
  [/^Add files$/, "add_files"],
  [/^Theme$/, "theme"],
  [/^Copy version to clipboard$/, "copy_version"],
  [/^Dataframe column menu$/, "column"],
  [/^Copy column name$/, "copy_column"],
  [/^Switch camera$/, "switch_camera"],
  [/^Selected values$/, "selected"],
  [/^Select (\d+) matches$/, "select_matches"],
  [/^Choose an option$/, "choose"],
  [/^Choose options$/, "choose"],
  [/^Logo$/, "logo"],
  [/^history icon$/, "icon_history"],
  [/^school icon$/, "icon_school"],
];

/** @type {Record<string, string>} the same for words that are visible, in the elements of `WRITTEN` */
const WORDS = {
  Upload: "upload_button",
  Stop: "stop",
  System: "theme_system",
  Light: "theme_light",
  Dark: "theme_dark",
  Print: "print",
  "Record screen": "record",
  "Stop recording": "stop_recording",
  "Sort ascending": "ascending",
  "Sort descending": "descending",
  Statistics: "statistics",
  Format: "format",
  Autosize: "autosize",
  "Pin column": "pin",
  "Unpin column": "unpin",
  "Hide column": "hide",
  "Take Photo": "take_photo",
  "Clear photo": "clear_photo",
  "This app would like to use your camera.": "camera",
  "Learn how to allow access.": "allow_camera",
  "Made with Streamlit v": "made_with",
  "Based on sample": "sampled",
  "No data": "no_data",
  Values: "values",
  Empty: "empty",
  Distinct: "distinct",
  Minimum: "minimum",
  Maximum: "maximum",
  Median: "median",
  "25th percentile": "lower_quartile",
  "75th percentile": "upper_quartile",
  Average: "average",
  "Standard deviation": "deviation",
  Sum: "sum",
  Range: "range",
  Count: "count",
  "Minimum length": "shortest",
  "Maximum length": "longest",
  "Average length": "average_length",
  "Select all": "select_all",
  "No results": "no_results",
  Automatic: "format_automatic",
  Localized: "format_localized",
  Plain: "format_plain",
  Compact: "format_compact",
  Dollar: "format_dollar",
  Euro: "format_euro",
  Yen: "format_yen",
  Percent: "format_percent",
  Scientific: "format_scientific",
  Accounting: "format_accounting",
  Duration: "format_duration",
  "Record a screencast": "record_title",
  "This will record a video with the contents of your screen, so you can easily share what you're seeing with others.":
    "record_about",
  "Also record audio": "record_audio",
  Press: "record_press",
  "any time to stop recording.": "record_stop",
  "Start recording!": "record_start",
  "Cancel recording": "record_cancel",
  "Due to limitations with some browsers, this feature is only supported on recent desktop versions of Chrome, Firefox, and Edge.":
    "record_unsupported",
  "Next steps": "record_next",
  "Step 1": "record_first",
  "Step 2": "record_second",
  "Step 3": "record_third",
  "Preview your video below:": "record_preview",
  "Save video to disk": "record_save",
};
const RECORDING = ["stScreencastInstruction", "stVideoRecordedDialog", "stUnsupportedBrowserDialog"];
const WRITTEN = [
  "stMainMenuPopover",
  "stDataFrameColumnMenu",
  "stDataFrameColumnFormattingMenu",
  "stDataFrameColumnVisibilityMenu",
  "stDataFrameStatisticsMenu",
  "stFileUploaderDropzone",
  "stCameraInput",
  "stStatusWidget",
  "stTooltipContent",
]
  .map((id) => `[data-testid=${id}]`)
  .concat("[role=option][data-key^=__select_]", "[role=listbox][data-empty]") // not the options of a page
  .concat(RECORDING.map((id) => `[role=dialog]:has([data-testid=${id}])`))
  .join();

/** A name in the visitor's language, or null if it is none of Streamlit's; `field` is what its number is called.
 *  @param {string} name
 *  @param {Record<string, string>} texts
 *  @param {string} field */
export function nameIn(name, texts, field = "") {
  const words = name.trim();
  if (Object.hasOwn(WORDS, words)) return texts[WORDS[words]];
  for (const [pattern, key] of NAMES) {
    const found = name.match(pattern);
    if (found) return fill(texts[key], { name: found[1] ?? field }).replace(/:\s*$/, "");
  }
  return null;
}

/** @type {WeakMap<Node, {original: string, set: string}>} Streamlit's name of a node, and its current one */
const RENAMED = new WeakMap();

/** The new name of a node, or null if it keeps its own.
 *  @param {Node} node
 *  @param {string} now
 *  @param {Record<string, string>} texts */
function renamed(node, now, texts, field = "") {
  const before = RENAMED.get(node);
  const original = before?.set === now ? before.original : now;
  const wanted = nameIn(original, texts, field);
  if (wanted === null || wanted === now) return null;
  RENAMED.set(node, { original, set: wanted });
  return wanted;
}

/** Name everything of Streamlit's that is on the page.
 *  @param {ParentNode} page
 *  @param {Record<string, string>} texts
 *  @param {Record<string, string>} languages  the code of each, by its own name */
export function renameAll(page, texts, languages) {
  for (const element of page.querySelectorAll("[aria-label], [data-testid=stSkipLink], a[href='#stMain']")) {
    const labelled = element.hasAttribute("aria-label");
    const now = (labelled ? element.getAttribute("aria-label") : element.textContent) ?? "";
    const wanted = renamed(element, now, texts, fieldOf(element));
    if (wanted === null) continue;
    if (labelled) element.setAttribute("aria-label", wanted);
    else if (element.firstChild) element.firstChild.nodeValue = wanted; // React keeps the node
  }
  for (const name of ["alt", "placeholder", "title"])
    for (const element of page.querySelectorAll(`[data-testid^=st] [${name}], [data-testid^=st][${name}]`)) {
      const attribute = /** @type {Attr} */ (element.getAttributeNode(name));
      attribute.value = renamed(attribute, attribute.value, texts) ?? attribute.value;
    }
  for (const part of page.querySelectorAll(WRITTEN)) {
    const words = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
      const wanted = renamed(words.currentNode, words.currentNode.nodeValue ?? "", texts);
      if (wanted !== null) words.currentNode.nodeValue = wanted;
    }
  }
  for (const icon of page.querySelectorAll("[role=img][aria-label$=' icon']:not([aria-hidden])"))
    icon.setAttribute("aria-hidden", "true"); // decoration: its name is that of a glyph, in English
  for (const option of page.querySelectorAll("[data-testid=stSidebar] [role=radio]")) {
    const language = languages[option.textContent ?? ""];
    if (language && option.getAttribute("lang") !== language) option.setAttribute("lang", language);
  }
}

/** @type {{now?: ResizeObserver}} how wide each code is, from the first one on */
const CODES = {};

/** Let code that is wider than its element be scrolled by keyboard: once it is drawn, and when the element gets narrower.
 *  @param {ParentNode} page */
export function reachCode(page) {
  CODES.now ??= new ResizeObserver((codes) => {
    for (const { target } of codes) if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
  });
  for (const code of page.querySelectorAll("[data-testid=stCode] pre:not([tabindex])")) CODES.now.observe(code);
}

/** @param {Element} element */
const fieldOf = (element) =>
  element.closest("[data-testid=stNumberInput]")?.querySelector("input")?.getAttribute("aria-label") ?? "";

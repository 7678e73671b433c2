// The two marks of Markdown that the lecture's texts use: **bold** and `code`.

/** A text's parts as nodes of a document.
 *  @param {string} text
 *  @param {Document} page
 *  @returns {(Node | string)[]} */
export function marked(text, page = document) {
  const make = (tag, words) => Object.assign(page.createElement(tag), { textContent: words });
  return text
    .split(/(\*\*[^*]+\*\*|`[^`]+`)/)
    .filter(Boolean)
    .map((part) => {
      if (part.startsWith("**")) return make("strong", part.slice(2, -2));
      return part.startsWith("`") ? make("code", part.slice(1, -1)) : part;
    });
}

// A part of the page by its heading, for the button that goes there.

const OPENING = 400; // ms that an expander takes to open

/** Scroll to the heading, or to the expander, of that name; an expander is opened.
 *  @param {string} name */
export function goTo(name) {
  const hosts = [...document.querySelectorAll("[data-testid=stMain] *")].filter((each) => each.shadowRoot);
  const roots = [document, ...hosts.map((host) => host.shadowRoot)];
  const selector = "h2, h3, summary";
  const named = roots.flatMap((root) => /** @type {HTMLElement[]} */ ([...(root?.querySelectorAll(selector) ?? [])]));
  const found = named.find((each) => each.textContent.includes(name));
  if (!found) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const show = () => found.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
  const { parentElement: outer } = found;
  if (found.tagName === "SUMMARY" && outer instanceof HTMLDetailsElement && !outer.open) {
    found.click();
    setTimeout(show, OPENING); // before it has opened there may be nothing below to scroll into
  }
  show();
}

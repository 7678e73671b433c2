// A part of the page by its heading, for the button that goes there.

const OPENING = 400; // ms that an expander takes to open
const AGAIN = 100; // ms until a part is looked for again that has not come yet

/** @type {ReturnType<typeof setTimeout> | undefined} */
let looking;

/** Scroll to the heading, or to the expander, of that name; an expander is opened. While the page is on its way it is
 *  waited for.
 *  @param {string} name
 *  @param {() => boolean} [isWanted] whether the visitor is still where it was asked for */
export function goTo(name, isWanted = () => true) {
  clearTimeout(looking);
  const hosts = [...document.querySelectorAll("[data-testid=stMain] *")].filter((each) => each.shadowRoot);
  const roots = [document, ...hosts.map((host) => host.shadowRoot)];
  const selector = "h2, h3, summary";
  const named = roots.flatMap((root) => /** @type {HTMLElement[]} */ ([...(root?.querySelectorAll(selector) ?? [])]));
  const found = named.find((each) => each.textContent.includes(name));
  if (!found) {
    if (isComing() && isWanted()) looking = setTimeout(() => goTo(name, isWanted), AGAIN);
    return;
  }
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const show = () => found.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
  const { parentElement: outer } = found;
  if (found.tagName === "SUMMARY" && outer instanceof HTMLDetailsElement && !outer.open) {
    found.click();
    setTimeout(show, OPENING); // before it has opened there may be nothing below to scroll into
  }
  show();
}

const isComing = () =>
  document.querySelector("[data-testid=stApp]")?.getAttribute("data-test-script-state") !== "notRunning";

// The drawers of a narrow screen: the sidebar with the pictures, and the page's own controls.

const NARROW = window.matchMedia("(max-width: 768px)"); // Streamlit's: up to it the sidebar lies over the page

const find = (selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector));

export const sidebarIsOpen = () => find('[data-testid="stSidebar"]')?.dataset.collapsed === "false";

/** Open the sidebar or close it, by Streamlit's own buttons. */
export function openSidebar(open) {
  if (open === sidebarIsOpen()) return;
  if (open) find('[data-testid="stExpandSidebarButton"]')?.click();
  else find('[data-testid="stSidebarCollapseButton"] button')?.click();
}

/** The settings beside the strip of pictures, if they are open and stay so: half a second long they close, and what is
 *  in them is inert meanwhile.
 *  @returns {HTMLDetailsElement | null} */
const openSettings = () =>
  /** @type {HTMLDetailsElement | null} */ (find(".st-key-settings details[open]:not(:has(> [inert]))"));

/** Watch what closes a drawer: a choice made in it, a press beside it, Escape. */
export function watchDrawers(root, { on, onEnd }) {
  const html = document.documentElement;
  const adjust = root.querySelector(".adjust");
  let open = false; // the sidebar, when the finger came down: beside it, that closes it
  let choice = "";
  const show = (shown) => {
    html.toggleAttribute("data-controls", shown);
    adjust.setAttribute("aria-expanded", String(shown));
    const controls = find(".st-key-controls");
    if (shown)
      /** @type {HTMLElement | null} */ (controls?.querySelector("input, button, select, textarea"))?.focus({
        preventScroll: true,
      });
  };
  show(false);
  on(adjust, "click", () => show(!html.hasAttribute("data-controls")));
  on(
    document,
    "pointerdown",
    (event) => {
      open = sidebarIsOpen();
      const path = event.composedPath();
      const inside = [
        ...document.querySelectorAll(
          '.st-key-controls, [data-baseweb="popover"], [role="listbox"], [data-testid="stTooltipContent"]',
        ),
      ];
      if (!path.includes(adjust) && !inside.some((element) => path.includes(element))) {
        if (html.hasAttribute("data-controls")) show(false);
        const settings = openSettings();
        const within = [settings, ...inside].some((element) => element && path.includes(element));
        if (settings && !NARROW.matches && !within) settings.querySelector("summary")?.click();
      }
    },
    { capture: true },
  );
  on(document, "click", (event) => {
    const picked = event.composedPath().some((element) => element.getAttribute?.("role") === "radio");
    const ours = event.composedPath().some((element) => element.classList?.contains("pictures"));
    if (picked && ours && event.detail && NARROW.matches && sidebarIsOpen()) openSidebar(false);
  });
  on(document, "keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (html.hasAttribute("data-controls")) {
      show(false);
      adjust.focus();
    } else if (NARROW.matches && sidebarIsOpen()) {
      openSidebar(false);
      root.querySelector("[data-do=picture]").focus();
    } else {
      const settings = openSettings();
      if (settings?.contains(document.activeElement)) {
        const summary = settings.querySelector("summary");
        summary?.click();
        summary?.focus();
      }
    }
  });
  onEnd(() => html.removeAttribute("data-controls"));
  return {
    isNarrow: () => NARROW.matches,
    wasOpen: () => open,
    /** Apply the server's update: the sidebar closes when its choice has been made. */
    update(data) {
      if (choice && choice !== data.choice && NARROW.matches) openSidebar(false);
      choice = data.choice;
      if (!data.controls) html.removeAttribute("data-controls");
    },
  };
}

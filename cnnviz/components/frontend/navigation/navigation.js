// The way from page to page: a line above the page, a bar at the lower edge of a narrow screen, a list of all pages.
//
// A link is an address, so it opens in another tab too. A plain click on it moves as Back and Forward do: the
// address changes, and Streamlit, notified of that, runs the page at it. One trip to the server, no page is reloaded.

import { make, setText } from "../shared/elements.js";
import { keepView } from "../shared/view.js";
import { addressOf, baseOf } from "./addresses.js";
import { openSidebar, sidebarIsOpen, watchDrawers } from "./drawers.js";

const BASE = baseOf(import.meta.url);

export default function (component) {
  const { data } = component;
  const view = keepView(component, ".navigation", (root, life) => mount(root, life));
  if (view.shown !== JSON.stringify(data)) {
    view.shown = JSON.stringify(data);
    view.data = data;
    draw(view);
  }
  mark(view, data.current); // whatever was on its way meanwhile
  view.drawers.update(data);
  return view.end;
}

function mount(root, life) {
  const { on, onResize } = life;
  const view = { root, data: null, shown: "", drawers: null };
  view.drawers = watchDrawers(root, life);
  on(root, "click", (event) => follow(view, event));
  on(root.querySelector(".pages"), "beforetoggle", () => {
    const { left } = root.querySelector(".line [data-do=more]").getBoundingClientRect();
    root.style.setProperty("--left", `${left}px`);
  });
  onResize(() => fit(root), root.querySelector(".line"));
  // the choices in the address change without a word: what a link carries is looked up when one reaches for it
  for (const type of ["pointerover", "focusin", "contextmenu"]) on(root, type, () => address(view));
  return view;
}

/** Draw all links; the one of the current page is marked. */
function draw(view) {
  const { root, data } = view;
  const { menus, words, first, icons } = data;
  const [line, bar] = root.querySelectorAll("nav");
  const links = line.querySelector(".links");
  const list = root.querySelector(".pages");
  const focused = /** @type {HTMLElement | null} */ (root.getRootNode().activeElement);
  const holder = root.contains(focused) ? focused?.closest("nav, .pages") : null;
  for (const nav of [line, bar]) nav.setAttribute("aria-label", words.pages);
  const pages = new Map(menus.flatMap((menu) => menu.pages.map((page) => [page.name, page])));
  links.replaceChildren(
    ...menus.flatMap((menu, k) =>
      menu.pages.map((page) => Object.assign(newLink(page), { className: k ? "late" : "" })),
    ),
  );
  line.replaceChildren(links, newButton("more", words.more, "expand_more"));
  bar.replaceChildren(
    ...first.map((name) => newLink(pages.get(name), icons[name])),
    newButton("picture", words.picture, icons.picture),
    newButton("more", words.more, icons.more),
  );
  list.replaceChildren(
    ...menus.map(({ title, pages }) => {
      const group = make("section");
      if (title) group.append(make("p", "", title));
      group.append(...pages.map((page) => newLink(page)));
      return group;
    }),
  );
  for (const more of root.querySelectorAll("[data-do=more]")) more.popoverTargetElement = list;
  setText(root.querySelector(".adjust .name"), words.adjust);
  root.querySelector(".adjust").hidden = !data.controls;
  fit(root);
  address(view);
  const { page, do: name } = focused?.dataset ?? {};
  const again = page === undefined ? `[data-do="${name}"]` : `[data-page="${page}"]`;
  const anew = /** @type {HTMLElement | null | undefined} */ (holder?.querySelector(again)); // what had the focus before
  anew?.focus({ preventScroll: true });
}

/** Show the links to all pages in the line if it has room for them; else "more" lists those of the menus. */
function fit(root) {
  const line = root.querySelector(".line");
  const links = line.querySelector(".links");
  if (!links) return;
  line.classList.add("roomy"); // the links are as wide as they wish, and may be cut off
  line.classList.toggle("roomy", links.scrollWidth <= links.clientWidth);
}

function newLink({ name, title, url }, icon = "") {
  const link = make("a");
  link.dataset.page = name;
  link.dataset.url = url;
  if (icon) link.append(newIcon(icon));
  link.append(make("span", "name", title));
  return link;
}

function newButton(name, title, icon) {
  const button = make("button");
  button.type = "button";
  button.dataset.do = name;
  button.append(newIcon(icon), make("span", "name", title));
  return button;
}

function newIcon(name) {
  const icon = make("span", "icon", name);
  icon.setAttribute("aria-hidden", "true");
  return icon;
}

/** Mark the current page; where it has no link of its own, it is one of "more". */
function mark({ root }, current) {
  for (const link of root.querySelectorAll("a")) {
    if (link.dataset.page === current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  for (const nav of root.querySelectorAll("nav")) {
    const own = nav.querySelector("[aria-current]:not(.late)");
    nav.querySelector("[data-do=more]").classList.toggle("current", !own);
  }
}

function address({ root, data }) {
  for (const link of root.querySelectorAll("a"))
    link.href = addressOf(location.search, BASE, link.dataset.url, data.carried);
}

function follow(view, event) {
  const link = event.target.closest("a");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) {
    if (event.target.closest("[data-do=picture]")) openSidebar(!view.drawers.wasOpen());
    return;
  }
  event.preventDefault();
  view.root.querySelector(".pages").hidePopover();
  if (sidebarIsOpen() && view.drawers.isNarrow()) openSidebar(false);
  address(view);
  const bare = (/** @type {string} */ path) => path.replace(/\/+$/, "");
  if (bare(link.pathname) === bare(location.pathname)) return; // there, or on the way there
  mark(view, link.dataset.page);
  history.pushState(null, "", link.href);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

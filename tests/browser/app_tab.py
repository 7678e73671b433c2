"""A tab in which the app begins anew without a load.

To load the app takes three times the work of all that a test looks at then: its scripts are read, compiled
and run. A tab that has them can be emptied, as on leaving a page, and filled again, as on a load: React
unmounts all and mounts all anew, with a new connection, a new session and its link.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Page

KEEP_ROOT = """{
  const name = "_internalRoot"; // what React calls it in what `createRoot` returns
  Object.defineProperty(Object.prototype, name, {
    configurable: true,
    set(value) {
      Object.defineProperty(this, name, { value, configurable: true, enumerable: true, writable: true });
      if (value?.containerInfo?.id !== "root") return;
      delete Object.prototype[name];
      window.appRoot = this;
    },
  });
}"""
"""For `add_init_script`: keeps the app's React root, once it is made, as `window.appRoot`."""
EMPTY = """async () => {
  const root = window.appRoot;
  const { current, containerInfo } = root?._internalRoot ?? {};
  const element = current?.memoizedState.element ?? null;
  if (!element || !containerInfo.isConnected) return false;
  if (document.querySelector("[data-testid=stToast]")) return false; // Streamlit would show it again
  window.appElement = element;
  root.render(null);
  const { port1, port2 } = new MessageChannel(); // React's own turn comes before
  const turn = () => new Promise((done) => { port1.onmessage = done; port2.postMessage(null); });
  while (containerInfo.firstChild) await turn();
  for (const key of Object.getOwnPropertySymbols(window)) window[key]?.disconnect?.(); // the app's observers
  const { documentElement, body } = document;
  for (const { name } of [...documentElement.attributes]) documentElement.removeAttribute(name);
  for (const { name } of [...body.attributes]) body.removeAttribute(name);
  document.title = "";
  for (const icon of document.head.querySelectorAll("link[rel~=icon]")) icon.href = "./favicon.png";
  return true;
}"""
FILL = """(address) => {
  const { appRoot, appElement } = window;
  if (!appElement) return false;
  history.replaceState(null, "", address);
  delete window.appElement;
  document.documentElement.lang = "en"; // as in the file of the page
  appRoot.render(appElement);
  return true;
}"""


def empty(page: Page) -> bool:
    """Unmount the app in a tab, and forget what it has set on the document; return whether it could."""
    if not page.evaluate(EMPTY):
        return False
    page.keyboard.press("F9")  # as after a load, what has the focus shows it: no pointer was used last
    return True


def open_app(page: Page, url: str) -> None:
    """Open an address of the app in a tab, as `page.goto` does: without a load if the app is there."""
    ours = urlsplit(page.url)[:2] == urlsplit(url)[:2]
    if not (ours and (page.evaluate("Boolean(window.appElement)") or empty(page))):
        page.goto(url)
    else:
        page.evaluate(FILL, url)


def reopen_app(page: Page) -> None:
    """Open the app anew where it is, as `page.reload` does, without a load."""
    open_app(page, page.url)


def show_html(page: Page, html: str) -> None:
    """Show what a test has written itself in a tab, without the app."""
    if page.evaluate("Boolean(window.appRoot)"):
        page.goto("about:blank")
    page.set_content(html)

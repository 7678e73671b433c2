"""Pictures of the pages to look at.

`make screenshots` takes the README's, into assets/screenshots; `python -m tests.screenshots DIR` takes
every page in every guise, into DIR.
"""

from __future__ import annotations

import sys
import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from cnnviz.pages.navigation import PAGES
from tests.browser.conftest import CHROMIUM_FLAGS, DESKTOP, PHONE, ROOT, drawn, start_server
from tests.find_chromium import find_chromium

README = {
    "network": "/?picture=sample-13&lang=en",
    "convolution": "/convolution?picture=sample-1&map=4&cell=18,13&lang=en",
}


def take(
    browser: Browser, name: str, url: str, path: Path, size: dict[str, int], theme: str, *, whole: bool
) -> None:
    """Open a page, wait until it is drawn, and save its picture; `whole`: all of it, not one screen."""
    context = browser.new_context(viewport=size, color_scheme=theme, device_scale_factor=1)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    drawn(page, name).wait_for()
    page.wait_for_timeout(2000)  # charts fade in
    if whole:
        height = page.get_by_test_id("stMain").evaluate("(main) => main.scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": max(size["height"], height + 60)})
        page.wait_for_timeout(1000)
    page.screenshot(path=path)
    context.close()


def main() -> None:
    """Take the README's pictures, or one of every page in every guise into the folder named."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        server, url = start_server(Path(folder) / "log.txt")
        try:
            if len(sys.argv) < 2:
                for name, query in README.items():
                    path = ROOT / "assets" / "screenshots" / f"{name}.png"
                    take(browser, name, url + query, path, DESKTOP, "light", whole=False)
                return
            out = Path(sys.argv[1])
            out.mkdir(parents=True, exist_ok=True)
            sizes = {"desktop": DESKTOP, "phone": PHONE}
            for page, size, theme, language in product(PAGES, sizes, ("light", "dark"), ("en", "ko")):
                path = out / f"{page}-{size}-{theme}-{language}.png"
                address = "" if page == PAGES[0] else page
                take(browser, page, f"{url}/{address}?lang={language}", path, sizes[size], theme, whole=True)
        finally:
            server.kill()
            server.wait()
            browser.close()


if __name__ == "__main__":
    main()

"""Scripts and styles of components travel once to each browser."""

from __future__ import annotations

from playwright.sync_api import Browser

BYTES = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => name.includes("/bidi-components/"))
  .map(({ transferSize, decodedBodySize }) => [transferSize, decodedBodySize])"""


def test_a_second_page_load_fetches_none_of_them(chromium: Browser, server: str) -> None:
    loads = []
    context = chromium.new_context()  # with a cache of its own
    page = context.new_page()
    for _ in range(2):
        page.goto(f"{server}/?lang=en")
        page.locator("[data-painted]").first.wait_for()
        loads.append(page.evaluate(BYTES))
        page.goto("about:blank")
    context.close()
    first, second = loads
    assert len(first) == len(second) > 20
    assert 30_000 < sum(bytes for bytes, _ in first) < 170_000
    assert sum(size for _, size in first) > 2 * sum(bytes for bytes, _ in first)  # they are compressed
    assert sum(bytes for bytes, _ in second) == 0

"""Scripts and styles of components travel once to each browser."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.browser.conftest import expect_ended

BYTES = """() => Object.fromEntries(performance.getEntriesByType("resource")
  .filter(({ name }) => name.includes("/bidi-components/"))
  .map(({ name, transferSize, decodedBodySize }) => [name, [transferSize, decodedBodySize]]))"""


def test_a_second_page_load_fetches_none_of_them(chromium: Browser, server: str) -> None:
    first: dict[str, list[int]] = {}
    context = chromium.new_context()  # with a cache of its own
    page = context.new_page()
    for _ in range(2):
        page.goto(f"{server}/?lang=en")
        page.locator("[data-painted]").first.wait_for()
        expect_ended(page)
        # some may still be on their way: on the second load those are waited for that the first one had
        page.wait_for_function(
            f"(names) => {{ const now = ({BYTES})(); return names.every((name) => name in now); }}",
            arg=[*first],
            polling=100,
        )
        second = page.evaluate(BYTES)
        first = first or second
        page.goto("about:blank")
    context.close()
    assert len(first) > 20
    travelled, size = map(sum, zip(*first.values(), strict=True))
    assert 30_000 < travelled < 145_000
    assert size > 2 * travelled  # they are compressed
    assert sum(second[name][0] for name in first) == 0

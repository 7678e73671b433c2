"""A page against WCAG 2.2, level AA, as far as axe-core can tell."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, expect_ended, next_frame

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
LEVEL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALLOWED = {
    "region": (
        "stSkipToContent",
    ),  # it may lie outside; axe cannot tell that it precedes links in a shadow root
    "presentation-role-conflict": (
        "stFileUploaderDropzone",
    ),  # Streamlit's own: the zone for the mouse has the name that its button has for everyone
}
"""{rule: parts of the HTML}: what axe finds and is none of ours, with the reason beside it."""
FOUND = """async (tags) => {
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, any, all, none }) =>
    ({ id, html, why: [...any, ...all, ...none].map(({ message }) => message).join("; ") })));
}"""


def violations(page: Page) -> list[str]:
    """Return what axe-core finds on a page that stands, a line each."""
    expect_ended(page)
    expect(page.locator(".navigation nav a").first).to_be_attached()  # without links they are not told apart
    if not page.evaluate("Boolean(window.axe)"):
        assert AXE.exists(), f"{AXE} is missing: npm ci fetches it, as does make test"
        page.evaluate(AXE.read_text("utf-8"))
    next_frame(page)  # what follows a new width has followed
    found: list[dict[str, Any]] = page.evaluate(FOUND, LEVEL)
    return [
        f"{one['id']}: {one['html'][:200]}\n    {one['why'][:300]}"
        for one in found
        if not any(part in one["html"] for part in ALLOWED.get(one["id"], ()))
    ]


def expect_none(page: Page, where: str) -> None:
    found = violations(page)
    assert not found, "\n".join([where, *found])


def show(page: Page, *, theme: str) -> None:
    """Switch the theme in place, and wait until the page has it."""
    dark = theme == "dark"
    page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    page.wait_for_function(
        """(dark) => {
          const { backgroundColor } = getComputedStyle(document.querySelector(".stApp"));
          const [r, g, b] = backgroundColor.match(/[0-9]+/g);
          return (Number(r) + Number(g) + Number(b) < 384) === dark;
        }""",
        arg=dark,
    )

"""Files that a page's buttons save."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import TIMEOUT


def saved(page: Page, button: Locator, folder: Path) -> Path:
    with page.expect_download() as download:
        button.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def wait_until_painted(page: Page) -> None:
    """Wait for the first frame: until there is something on a canvas of the page."""
    painted = """(canvases) => canvases.some((canvas) => canvas.width && canvas.getContext("2d")
      .getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean))"""
    canvases = page.get_by_test_id("stMain").locator("canvas:visible")
    expect(canvases.first).to_be_visible()
    for _ in range(TIMEOUT // 50):
        if canvases.evaluate_all(painted):
            return
        page.wait_for_timeout(50)
    raise AssertionError("the canvases stay empty")


def save_whole(page: Page, folder: Path, name: str) -> dict[tuple[int, ...], int]:
    """Save the view of a page as a picture, and expect all of it there.

    Args:
        folder: where it is saved. name: what the file is called.

    Returns:
        How many of its pixels have a colour, (red, green, blue) from 0 to 255.
    """
    camera = page.get_by_role("button", name="Save as a picture (PNG)").first
    expect(camera).to_be_visible()
    wait_until_painted(page)  # a click that comes before would save an empty picture
    picture = saved(page, camera, folder)
    assert picture.name == name
    with Image.open(picture) as image:
        assert image.width > 1200  # two pixels to each of the screen
        counted = image.convert("RGB").getcolors(1 << 24)
    assert counted is not None
    colours = {rgb: count for count, rgb in counted if isinstance(rgb, tuple)}
    assert len(colours) > 200  # a picture, not an empty page
    assert max(colours.values()) < 0.97 * image.width * image.height
    return colours

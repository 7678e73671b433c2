"""A network's file in the drop zone of a real server, which has a limit of its own for uploads."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from cnnviz.hosting.uploads import SMALL_MB
from cnnviz.text import translate
from tests.browser.app_tab import open_app


def test_a_file_larger_than_a_picture_may_be_arrives_and_is_read(
    server: str, page: Page, tmp_path: Path
) -> None:
    open_app(page, f"{server}/opening?lang=en")
    main = page.get_by_test_id("stMain")
    (tmp_path / "net.onnx").write_bytes(bytes((SMALL_MB + 1) << 20))
    main.locator("input[type=file]").set_input_files(tmp_path / "net.onnx")
    # lists have buttons called "Open", too
    main.get_by_test_id("stBaseButton-primary").filter(has_text=translate("opening.open", "en")).click()
    expect(main.get_by_role("alert")).to_be_visible()  # what it holds is no network

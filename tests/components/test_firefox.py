"""Styles must not use features that only Chromium supports."""

from __future__ import annotations

from cnnviz.components import FRONTEND


def test_components_styles_know_the_page_by_the_marks_of_their_host() -> None:
    """`:host-context` is known to neither Firefox nor Safari; they drop the rule."""
    files = [path for end in ("css", "js") for path in FRONTEND.rglob(f"*.{end}")]
    texts = {path.name: path.read_text("utf-8") for path in files}
    assert not [name for name, text in texts.items() if ":host-context(" in text and name != "page_marks.js"]
    assert any(":host([data-stage])" in text for text in texts.values())

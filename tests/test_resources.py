"""Locations of files that are not modules."""

from __future__ import annotations

from pathlib import Path

from cnnviz import resources

ROOT = Path(__file__).resolve().parents[1]


def test_a_checkout_has_them_at_its_top() -> None:
    assert resources.root() == ROOT
    assert (resources.ASSETS / "shift_counts.json").is_file()
    assert (resources.root() / "app.py").is_file()


def test_nobody_else_looks_beside_the_package() -> None:
    looking = [
        path.name
        for path in (ROOT / "cnnviz").rglob("*.py")
        if "parent.parent" in (text := path.read_text("utf-8")) or "cnnviz/pages/" in text
    ]
    assert looking == []

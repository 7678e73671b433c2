"""Settings of the server, and that the documentation lists all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnnviz import settings
from cnnviz.errors import CnnvizError

ROOT = Path(__file__).resolve().parents[1]


def test_the_documentation_has_the_table() -> None:
    assert settings.table() in (ROOT / "docs" / "hosting.md").read_text("utf-8")


def test_every_variable_that_the_code_reads_is_a_setting() -> None:
    known = {setting.variable for setting in settings.every()}
    for path in (ROOT / "cnnviz").rglob("*.py"):
        assert set(re.findall(r"CNNVIZ_[A-Z_]+", path.read_text("utf-8"))) <= known, path


@pytest.mark.parametrize("limit", [each for each in settings.every() if isinstance(each, settings.Limit)])
def test_a_limit_is_read_when_it_is_asked_for(limit: settings.Limit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(limit.variable, raising=False)
    assert limit() == limit.default
    assert limit.lowest <= limit.default <= limit.highest
    monkeypatch.setenv(limit.variable, f" {limit.highest} ")
    assert limit() == limit.highest


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "1e3", "9" * 50, "٣x", "1_000_000_000"])
def test_what_is_out_of_range_is_refused_by_name(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_EXPORTS", text)
    with pytest.raises(CnnvizError, match="CNNVIZ_EXPORTS must be a whole number from 1 to 64"):
        settings.check()

"""Background work that a visitor still waits for."""

from __future__ import annotations

import pytest

from cnnviz.hosting import visitors
from cnnviz.hosting.visitors import Interest


def test_only_the_last_that_a_visitor_asked_for_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    here = {"anna", "bob"}
    monkeypatch.setattr(visitors, "is_here", lambda session: session in here)
    interest, first, second = Interest(), object(), object()
    asking = "anna"
    monkeypatch.setattr(visitors, "current", lambda: asking)
    interest.ask("vgg", first)
    interest.ask("mlp", second)  # another topic: both are wanted
    assert interest.wants("vgg", first)
    assert interest.wants("mlp", second)
    assert not interest.wants("vgg", second)
    interest.ask("vgg", second)
    assert not interest.wants("vgg", first)
    asking = "bob"
    interest.ask("vgg", first)
    assert interest.wants("vgg", first)
    here.remove("bob")
    assert not interest.wants("vgg", first)
    here.clear()
    asking = "eve"
    interest.ask("vgg", first)
    assert interest._last == {("eve", "vgg"): first}  # those who left are forgotten


def test_without_a_server_all_work_is_wanted() -> None:
    assert visitors.current() is None
    assert visitors.is_here(None)
    assert visitors.is_here("anybody")

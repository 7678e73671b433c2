from __future__ import annotations

import gc
import importlib
import sys

import pytest

from cnnviz.networks.importing import import_keras


@pytest.mark.parametrize("collects", [True, False])
def test_collects_no_garbage_meanwhile_and_as_before_afterwards(
    monkeypatch: pytest.MonkeyPatch, collects: bool
) -> None:
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    seen = []
    monkeypatch.setattr(importlib, "import_module", lambda name: seen.append((name, gc.isenabled())))
    before = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        import_keras()
        assert gc.isenabled() == collects
    finally:
        (gc.enable if before else gc.disable)()
    assert seen == [("keras", False)]


def test_collects_garbage_again_if_the_import_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setattr(importlib, "import_module", _fail)
    with pytest.raises(ImportError):
        import_keras()
    assert gc.isenabled()


def _fail(name: str) -> None:
    raise ImportError(name)

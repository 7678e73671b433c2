"""What holds for every test: no data of this machine, and how hypothesis searches."""

from __future__ import annotations

import pytest
from hypothesis import settings

# no deadline: the first example compiles or imports what the others find ready
settings.register_profile("cnnviz", deadline=None, max_examples=60)
settings.load_profile("cnnviz")


@pytest.fixture(autouse=True)
def _no_data_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Hide a CIFAR-10 that happens to lie here: no test may need it or change with it."""
    monkeypatch.delenv("CNNVIZ_DATA", raising=False)
    monkeypatch.setattr("cnnviz.cifar.KERAS_CACHE", tmp_path_factory.getbasetemp() / "no-keras-cache")

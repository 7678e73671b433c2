"""Kinds of exercises are found where they are; one that is written into one file is found, too."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.explain import exercises
from cnnviz.explain.exercises import registry
from cnnviz.pages.navigation import PAGES
from cnnviz.text import keys
from tests.explain.exercises.subjects import bare

FILE = '''
"""Doubling: what is twice a number?"""

from __future__ import annotations

import numpy as np

from cnnviz.explain.exercises.base import Draft, Kind, Mistake, Number, Subject, text


class Doubling(Kind):
    """Twice a number."""

    name = "doubling"
    pages = ("relu",)
    least_mistakes = 1

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        number = int(generator.integers(1, 10**level))
        said = text("exercise.next_cell")
        return Draft(said, Number(2 * number), (Mistake((float(number),), said),), said)
'''


@pytest.fixture
def doubling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the file where the others are: into the folder of kinds."""
    (tmp_path / "doubling.py").write_text(FILE, "utf-8")
    monkeypatch.setattr(exercises, "__path__", [*exercises.__path__, str(tmp_path)])
    registry.kinds.cache_clear()
    yield
    monkeypatch.undo()
    sys.modules.pop("cnnviz.explain.exercises.doubling", None)
    registry.kinds.cache_clear()


@pytest.mark.usefixtures("doubling")
def test_a_new_kind_needs_one_file() -> None:
    assert registry.kinds()[-1].name == "doubling"
    assert "doubling" in [kind.name for kind in registry.of_page("relu")]
    exercise = registry.kind("doubling").make(bare(1), seed=4, level=2)
    right = exercise.answer.values[0]
    assert exercise.check(right).correct
    assert exercise.check(right / 2).reason == exercise.mistakes[0].reason
    assert exercise.check(right + 1).reason is None
    assert exercise.payload("ko")[0]["answer"] == {"form": "number", "values": [right], "tolerance": 1e-9}


def test_removing_the_file_removes_the_kind() -> None:
    assert "doubling" not in [kind.name for kind in registry.kinds()]
    with pytest.raises(CnnvizError, match="`kind` must be one of next_cell"):
        registry.kind("doubling")


def test_every_kind_has_a_page_and_a_title() -> None:
    names = [kind.name for kind in registry.kinds()]
    assert len(set(names)) == len(names)
    for kind in registry.kinds():
        assert kind.pages
        assert set(kind.pages) <= set(PAGES)
        assert f"exercise.{kind.name}" in keys()

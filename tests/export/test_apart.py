"""A GIF made in another process is the same, its errors arrive, and it ends with the interest in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cnnviz import CnnvizError, processes
from cnnviz.export import apart, gif
from cnnviz.export.look import Look
from tests.scenes import grid, pointwise

SCENE = pointwise(grid(2, 2, 1))


def test_it_is_the_same_file() -> None:
    cells = gif.steps(SCENE)
    assert apart.gif(SCENE, cells, Look(), speed=5) == gif.gif(SCENE, cells, Look(), speed=5)


def test_an_error_arrives_as_it_was_raised() -> None:
    with pytest.raises(CnnvizError) as here:
        gif.gif(SCENE, gif.steps(SCENE), Look(), speed=100)
    with pytest.raises(CnnvizError) as there:
        apart.gif(SCENE, gif.steps(SCENE), Look(), speed=100)
    assert (str(there.value), there.value.reason) == (str(here.value), here.value.reason)


def test_the_process_ends_once_nobody_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    real = subprocess.Popen

    def popen(*arguments: Any, **options: Any) -> Any:
        started.append(real(*arguments, **options))
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", popen)
    monkeypatch.setattr(processes, "POLL_SECONDS", 0.0)
    with pytest.raises(CnnvizError) as left:
        apart.gif(SCENE, gif.steps(SCENE), Look(), wanted=lambda: False)
    assert left.value.reason == "left"
    assert started[0].returncode != 0  # it has ended, killed


@pytest.mark.slow
def test_on_a_public_server_the_process_ends_at_the_limit_of_cpu_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CNNVIZ_HOSTED", "1")
    monkeypatch.setenv("CNNVIZ_CPU_SECONDS", "1")
    scene = pointwise(grid(12, 12, 1))
    with pytest.raises(CnnvizError) as over:
        apart.gif(scene, gif.steps(scene), Look())
    assert (over.value.reason, over.value.values) == ("cpu_seconds", {"count": 1})


def test_a_process_without_an_answer_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "false")
    with pytest.raises(RuntimeError, match="ended with 1"):
        apart.gif(SCENE, gif.steps(SCENE), Look())


def test_files_of_the_working_folder_are_not_imported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pickle.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    assert apart.gif(SCENE, gif.steps(SCENE), Look()).startswith(b"GIF89a")

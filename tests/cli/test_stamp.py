"""`cnnviz stamp`: what it writes, and what it refuses."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnviz.cli.main import main
from cnnviz.networks.network import WEIGHTS, read_weights
from cnnviz.training import recording

NAME = "keras_lecture"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a network whose recording and shifts do not name its weights."""
    for ending in ("npz", "json"):
        shutil.copy(WEIGHTS / f"{NAME}.{ending}", tmp_path)
    card = json.loads((tmp_path / f"{NAME}.json").read_text("utf-8"))
    del card["shifts"]["sha256"]
    (tmp_path / f"{NAME}.json").write_text(json.dumps(card), "utf-8")
    recording.write(replace(recording.read(NAME), sha256=None), tmp_path)
    return tmp_path


def test_files_are_stamped_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = recording.read(NAME, folder)
    assert main(["stamp", "--weights", str(folder)]) == 0
    assert capsys.readouterr().out == f"{NAME}: recording, shifts\n"
    card, after = read_weights(NAME, folder)[1], recording.read(NAME, folder)
    assert card == read_weights(NAME)[1]
    assert after.sha256 == card["sha256"]
    for key, values in before.weights.items():
        np.testing.assert_array_equal(after.weights[key], values)
    np.testing.assert_array_equal(after.probabilities, before.probabilities)
    assert main(["stamp", NAME, "--weights", str(folder)]) == 0
    assert capsys.readouterr().out == f"{NAME}: nothing to do\n"


def test_what_belongs_to_other_weights_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = recording.read(NAME, folder)
    kernels = {**other.weights, "conv1.kernel": 2 * other.weights["conv1.kernel"]}
    recording.write(replace(other, weights=kernels), folder)
    assert main(["stamp", NAME, "--weights", str(folder)]) == 1
    assert "must have a recording of its own weights" in capsys.readouterr().err
    recording.path(NAME, folder).unlink()
    card = json.loads((folder / f"{NAME}.json").read_text("utf-8"))
    card["shifts"]["accuracy"][6][6] += 0.01
    (folder / f"{NAME}.json").write_text(json.dumps(card), "utf-8")
    assert main(["stamp", NAME, "--weights", str(folder)]) == 1
    assert "must have shifts of its own weights" in capsys.readouterr().err
    assert "sha256" not in read_weights(NAME, folder)[1]["shifts"]

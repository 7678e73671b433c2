"""The command line: what it prints, writes, and says of errors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cnnviz.__main__ import main
from cnnviz.network import load
from tests.test_cifar import make_folder


def test_train_then_evaluate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_folder(tmp_path, rows=8)
    data, out = str(tmp_path), str(tmp_path / "runs")
    assert main(["train", "tensorflow_lecture", "--epochs", "1", "--data", data, "--out", out]) == 0
    printed = capsys.readouterr()
    assert "epoch  1/1" in printed.err
    trained = json.loads(printed.out.splitlines()[-1])
    assert main(["evaluate", "tensorflow_lecture", "--data", data, "--weights", out]) == 0
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert measured == trained
    assert set(measured) >= {"model", "split", "n", "accuracy"}
    assert (measured["model"], measured["split"], measured["n"]) == ("tensorflow_lecture", "test", 8)
    assert 0 <= measured["accuracy"] <= 1


def test_data_counts_classes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, _, labels = make_folder(tmp_path)
    assert main(["data", "--data", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert str(folder) in printed
    assert f"train: {len(labels)} images; {int((labels == 0).sum())} airplane" in printed


def test_activations_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "maps.npz"
    assert main(["activations", "keras_lecture", "--sample", "2", "--out", str(path)]) == 0
    assert "conv2_relu" in capsys.readouterr().out
    with np.load(path) as stored:
        assert stored["pool1"].shape == (16, 16, 32)
        assert list(stored.files) == [info.name for info in load("keras_lecture").layers]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "lenet"], "cnnviz: `name` must be one of"),
        (["data", "--data", "/nonexistent"], "cnnviz: `data` must hold the folder"),
        (["train", "keras_lecture", "--data", "/nonexistent"], "cnnviz: `data` must hold the folder"),
        (["activations", "keras_lecture", "--sample", "20"], "cnnviz: `sample` must be in 0..19"),
    ],
)
def test_an_error_is_one_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith(message)
    assert error.count("\n") == 1

"""The command line: what it prints, writes, and says of errors."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnviz.__main__ import main
from cnnviz.cifar import load_split
from cnnviz.network import WEIGHTS, load, read_weights
from cnnviz.transform import shift
from tests.test_cifar import make_folder

ROOT = Path(__file__).resolve().parents[1]


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


def test_shifts_are_measured_and_put_on_the_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_folder(tmp_path, rows=8)
    for ending in ("npz", "json"):
        shutil.copy(WEIGHTS / f"mlp.{ending}", tmp_path)
    before = read_weights("mlp", tmp_path)[1]
    arguments = ["evaluate", "mlp", "--shifts", "--first", "5", "--data", str(tmp_path)]
    assert main([*arguments, "--weights", str(tmp_path)]) == 0
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    card = read_weights("mlp", tmp_path)[1]
    assert card == {**before, "shifts": measured["shifts"]}
    assert (measured["n"], card["shifts"]["n"]) == (5, 5)
    images = load_split("test", tmp_path)
    net = load("mlp")
    for dx, dy in ((0, 0), (-6, 3)):
        moved = np.stack([shift(image, dx, dy) for image in images.images[:5]])
        hits = net.predict(moved).argmax(axis=1) == images.labels[:5]
        assert card["shifts"]["accuracy"][6 + dy][6 + dx] == pytest.approx(hits.mean())


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a visitor would: in a process of its own, with no CIFAR-10 around."""
    plain = {key: value for key, value in os.environ.items() if key != "CNNVIZ_DATA"}
    return subprocess.run(
        [sys.executable, "-m", "cnnviz", *arguments],
        cwd=ROOT,
        env={**plain, "KERAS_HOME": str(folder), **environment},
        capture_output=True,
        text=True,
    )


def test_the_last_line_of_evaluate_is_json(tmp_path: Path) -> None:
    make_folder(tmp_path, rows=2)
    done = run(tmp_path, "evaluate", "keras_lecture", CNNVIZ_DATA=str(tmp_path))
    assert done.returncode == 0
    measured = json.loads(done.stdout.splitlines()[-1])
    assert (measured["model"], measured["split"], measured["n"]) == ("keras_lecture", "test", 2)


def test_an_error_leaves_a_sentence_and_exit_code_1(tmp_path: Path) -> None:
    done = run(tmp_path, "evaluate", "lenet", "--data", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"cnnviz: `name` must be one of .* Received: name='lenet'\.\n", done.stderr)


def test_a_download_that_fails_leaves_a_sentence_too(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    done = run(tmp_path, "data", HTTPS_PROXY=nowhere, https_proxy=nowhere, ALL_PROXY=nowhere)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("cnnviz: `data` is not set and CIFAR-10 could not be downloaded. Name a folder")


def test_an_interrupted_run_can_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_folder(tmp_path, rows=8)
    arguments = ["train", "tensorflow_lecture", "--data", str(tmp_path), "--out", str(tmp_path / "runs")]
    assert main([*arguments, "--epochs", "1"]) == 0
    capsys.readouterr()
    assert main([*arguments, "--epochs", "2", "--resume"]) == 0
    assert [line[:10] for line in capsys.readouterr().err.replace("\r", "").splitlines()] == ["epoch  2/2"]


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
        (["train", "lenet", "--data", "/nonexistent"], "cnnviz: `name` must be one of"),
        (["evaluate", "keras_lecture", "--weights", "/nonexistent"], "cnnviz: `name` must have weights"),
        (["evaluate", "mlp", "--shifts", "--split", "train"], 'cnnviz: `split` must be "test" for what'),
        (["activations", "lenet"], "cnnviz: `name` must be one of"),
        (["activations", "keras_lecture", "--out", "/nonexistent/a.npz"], "cnnviz: [Errno 2]"),
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

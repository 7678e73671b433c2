"""`cnnviz train`: what it prints, writes and exits with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnviz.cli.train
from cnnviz.cli.main import main
from cnnviz.data.dataset import Samples
from cnnviz.networks.network import read_weights
from cnnviz.training.events import read
from tests.cli.console import at_a_console
from tests.data.test_cifar10 import make_folder


@pytest.mark.slow
def test_a_run_is_measured_alike_by_evaluate_and_can_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_folder(tmp_path, rows=8)
    data, out = str(tmp_path), str(tmp_path / "runs")
    arguments = ["train", "mlp", "--data", data, "--out", out, "--validation", "0.25"]
    assert main([*arguments, "--epochs", "1"]) == 0
    printed = capsys.readouterr()
    assert "epoch 1/1" in printed.err
    trained = json.loads(printed.out.splitlines()[-1])
    assert main(["evaluate", "mlp", "--data", data, "--weights", out]) == 0
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert measured == trained
    assert set(measured) >= {"model", "split", "n", "accuracy"}
    assert (measured["model"], measured["split"], measured["n"]) == ("mlp", "test", 8)
    assert 0 <= measured["accuracy"] <= 1

    assert main([*arguments, "--epochs", "2", "--resume"]) == 0
    lines = capsys.readouterr().err.replace("\r", "").splitlines()
    assert [line[:9] for line in lines] == ["epoch 2/2"]
    assert "  validation loss " in lines[0]
    assert read_weights("mlp", tmp_path / "runs")[1]["data"]["validation"] == 10


def test_a_file_that_is_no_architecture_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for content in ("{not json", "[1]", "{}"):
        (tmp_path / "own.json").write_text(content)
        assert main(["train", str(tmp_path / "own.json")]) == 1
        error = capsys.readouterr().err
        assert error.startswith("cnnviz: `")
        assert error.count("\n") == 1


@pytest.mark.slow
def test_a_run_on_the_samples_alone_says_that_it_is_a_toy(tmp_path: Path) -> None:
    assert main(["train", "mlp", "--data", "samples", "--epochs", "1", "--out", str(tmp_path)]) == 0
    card = read_weights("mlp", tmp_path)[1]
    assert card["data"] == {"set": "CIFAR-10", "train": 20, "test": 20, "note": "", "toy": True}
    assert read(tmp_path / "mlp.events.jsonl")[0][0]["toy"] is True


def test_a_fraction_of_the_data_is_drawn_by_the_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_folder(tmp_path, rows=8)
    drawn: list[np.ndarray] = []

    def stopped(architecture: Any, train_set: Samples, *_: Any, **options: Any) -> None:
        drawn.append(train_set.images)

    monkeypatch.setattr(cnnviz.cli.train, "train", stopped)
    plain = ["train", "mlp", "--data", str(tmp_path), "--fraction", "0.3"]
    for seed in ("1", "1", "2"):
        assert main([*plain, "--seed", seed, "--out", str(tmp_path / "out")]) == 130
    first, again, other = drawn
    assert len(first) == len(other) == 12
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.slow
def test_training_at_a_narrow_console(tmp_path: Path) -> None:
    make_folder(tmp_path, rows=8)
    run = ["train", "mlp", "--data", ".", "--epochs", "1", "--out", "한글"]
    code, _, error = at_a_console(run, "ascii", tmp_path)
    assert code == 0, error
    assert b"#" * 20 in error  # the bar is still one
    code, _, error = at_a_console(["activations", "mlp", "--out", "값 ≈"], "cp949", tmp_path)
    assert code == 0, error
    assert (tmp_path / "값 ≈").is_file()


@pytest.mark.slow
def test_a_run_that_diverges_has_an_exit_code_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--data", "samples", "--epochs", "5", "--learning-rate", "1e30", "--out", str(tmp_path))
    assert main(["train", "mlp", *options]) == 3
    said = capsys.readouterr()
    assert said.out == ""  # no last line: there is no accuracy
    last = said.err.splitlines()[-1]
    assert last.startswith("cnnviz: `learning_rate` must be small enough for a run that does not diverge. ")
    assert "at epoch 1, batch 1" in last
    told, _ = read(tmp_path / "mlp.events.jsonl")
    assert told[-1]["state"] == "diverged"
    assert not (tmp_path / "mlp.npz").exists()
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    assert "3 the run diverged" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("option", [["--size", "16"], ["--standardize"], ["--fraction", "0.5"]])
def test_what_a_toy_run_would_not_do_is_refused(
    option: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", "mlp", "--data", "samples", "--epochs", "1", "--out", str(tmp_path / "out")]
    assert main([*arguments, *option]) == 1
    assert "`data` samples is as it is" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()

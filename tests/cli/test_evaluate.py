"""`cnnviz evaluate`: its last line, and what it writes into the model card."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from cnnviz.arithmetic.transform import shift
from cnnviz.cli.main import main
from cnnviz.data.cifar10 import load_split
from cnnviz.errors import CnnvizError
from cnnviz.networks.network import WEIGHTS, load, read_weights
from cnnviz.networks.weights import write_weights
from cnnviz.training.evaluation import score
from tests.cli.console import run
from tests.data.test_cifar10 import make_folder
from tests.networks.test_network import loud_weights


@pytest.mark.slow
@pytest.mark.exhaustive  # as the other tests read it, of a process of its own
def test_the_last_line_of_evaluate_is_json(tmp_path: Path) -> None:
    make_folder(tmp_path, rows=2)
    done = run(tmp_path, "evaluate", "keras_lecture", CNNVIZ_DATA=str(tmp_path))
    assert done.returncode == 0
    measured = json.loads(done.stdout.splitlines()[-1])
    assert (measured["model"], measured["split"], measured["n"]) == ("keras_lecture", "test", 2)


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


def test_a_card_is_measured_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_folder(tmp_path, rows=8)
    for ending in ("npz", "json"):
        shutil.copy(WEIGHTS / f"mlp.{ending}", tmp_path)
    before = read_weights("mlp", tmp_path)[1]
    arguments = ["evaluate", "mlp", "--card", "--data", str(tmp_path), "--weights", str(tmp_path)]
    assert main(arguments) == 0
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    card = read_weights("mlp", tmp_path)[1]
    assert {**card, "test": before["test"]} == before
    assert (card["test"]["accuracy"], card["test"]["loss"]) == (measured["accuracy"], measured["loss"])
    images = load_split("test", tmp_path)
    probabilities = load("mlp").predict(images.images)
    wrong = [k for k in range(8) if probabilities[k].argmax() != images.labels[k]]
    surest = sorted(wrong, key=lambda k: -probabilities[k].max())
    assert [mistake["index"] for mistake in card["test"]["mistakes"]] == surest
    assert card["test"]["mistakes"][0] == {
        "index": surest[0],
        "label": int(images.labels[surest[0]]),
        "predicted": int(probabilities[surest[0]].argmax()),
        "probability": pytest.approx(probabilities[surest[0]].max(), abs=1e-4),
    }
    confusion = np.array(card["test"]["confusion"])
    assert confusion.sum() == 8
    assert confusion.sum(axis=1).tolist() == np.bincount(images.labels, minlength=10).tolist()
    assert np.trace(confusion) == 8 - len(wrong)


def test_a_network_whose_answers_are_not_finite_has_no_accuracy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_weights("alexnet", loud_weights(), read_weights("alexnet")[1], tmp_path)
    make_folder(tmp_path, rows=2)
    assert main(["evaluate", "alexnet", "--data", str(tmp_path), "--weights", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "`probabilities` must be finite. Received: NaN or infinity for 2 of 2 images." in said.err


def test_what_cannot_be_measured_is_not_made_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "efficientnet_lite0"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "cannot be measured here: the pictures of ImageNet are not available" in said.err
    assert "75.1%" in said.err


def test_networks_that_were_imported_or_trained_are_found_by_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`cnnviz import` says how to measure what it has opened."""
    monkeypatch.setenv("CNNVIZ_NETWORKS", str(tmp_path / "networks"))
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path))
    assert main(["import", str(WEIGHTS / "digits.npz"), "--architecture", "digits", "--name", "mine"]) == 0
    (advice,) = re.findall(r"cnnviz (evaluate mine)\.", capsys.readouterr().out)
    (run_folder := tmp_path / "20260101-000000-digits").mkdir()
    for ending in ("npz", "json"):
        shutil.copy(WEIGHTS / f"digits.{ending}", run_folder)
    measured = []
    for words in ([*advice.split()], ["evaluate", "digits@20260101-000000"], ["evaluate", "digits"]):
        assert main([*words, "--first", "50"]) == 0
        measured.append(json.loads(capsys.readouterr().out.splitlines()[-1])["accuracy"])
    assert measured == [measured[0]] * 3
    assert main(["evaluate", "mine", "--card"]) == 1
    assert "`card` goes with networks that were trained here" in capsys.readouterr().err
    assert "test" not in read_weights("mine")[1]


def test_no_images_are_no_accuracy() -> None:
    with pytest.raises(CnnvizError, match="`images` must hold an image to be measured on"):
        score(np.zeros((0, 10)), np.zeros(0, int))

"""`cnnviz import`, and the other commands on what it has opened."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnviz.cli.import_ import read_classes
from cnnviz.cli.main import main
from cnnviz.networks import store, zoo
from tests.networks.opening.keras2 import classifier


def test_a_network_is_imported_and_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CNNVIZ_NETWORKS", str(tmp_path / "networks"))
    path = classifier(tmp_path / "My-Net.h5", size=None)
    classes = tmp_path / "classes.txt"
    classes.write_text("고양이\ndog\nbird\n", "utf-8")
    options = ["--classes", str(classes), "--preprocess", "imagenet", "--size", "16x12"]
    assert main(["import", str(path), *options]) == 0
    told = capsys.readouterr().out
    assert "my_net: 6 layers, 127 parameters, images 16x12x3, 3 classes" in told
    assert "accuracy is not known" in told
    assert store.names() == ["my_net"]
    assert zoo.get("my_net").data_set.classes == ("고양이", "dog", "bird")

    assert main(["evaluate", "my_net"]) == 1
    assert "my_net cannot be measured here" in capsys.readouterr().err
    out = tmp_path / "activations.npz"
    assert main(["activations", "my_net", "--out", str(out)]) == 0
    assert np.load(out)["dense_softmax"].sum() == pytest.approx(1)
    capsys.readouterr()
    assert main(["train", "my_net"]) == 1
    assert "`name` must be" in capsys.readouterr().err


def test_a_list_of_classes_may_be_one_of_windows_and_end_in_empty_lines(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_bytes("\ufeffcat\r\n\r\ndog \r\n\r\n".encode())
    assert read_classes(tmp_path / "classes.txt") == ["cat", "", "dog"]


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--size", "big"], "`size` must be such as"), (["--name", "vgg"], "`name` must be"),
     (["--name", "../x"], "`name` must be"), (["--classes", "/nowhere"], "`classes` must be a text file"),
     ([], "size")],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence(
    options: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("CNNVIZ_NETWORKS", str(tmp_path / "networks"))
    assert main(["import", str(classifier(tmp_path / "x.h5", size=None)), *options]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1
    assert store.names() == []

"""`cnnviz activations`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnviz import samples
from cnnviz.cli.main import main
from cnnviz.networks.network import load


def test_activations_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "maps.npz"
    assert main(["activations", "keras_lecture", "--sample", "2", "--out", str(path)]) == 0
    assert "conv2_relu" in capsys.readouterr().out
    with np.load(path) as stored:
        assert stored["pool1"].shape == (16, 16, 32)
        assert list(stored.files) == [info.name for info in load("keras_lecture").layers]


@pytest.mark.parametrize("name", ["acts", "acts.npz", "acts.NPZ", "a.b"])
def test_activations_are_in_the_file_that_was_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    assert main(["activations", "mlp", "--out", str(path)]) == 0
    assert list(tmp_path.iterdir()) == [path]
    assert f"{path}: " in capsys.readouterr().out
    with np.load(path) as arrays:
        assert "softmax" in arrays


def test_activations_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture, out = tmp_path / "cat.png", tmp_path / "maps.npz"
    image = samples().images[3]
    Image.fromarray(image).save(picture)
    assert main(["activations", "mlp", "--image", str(picture), "--out", str(out)]) == 0
    with np.load(out) as stored:
        wanted = load("mlp").activations(image)
        np.testing.assert_allclose(stored["dense1"], wanted["dense1"], rtol=1e-5, atol=1e-5)
    picture.write_bytes(b"no picture")
    assert main(["activations", "mlp", "--image", str(picture), "--out", str(out)]) == 1
    assert "`upload` must be" in capsys.readouterr().err

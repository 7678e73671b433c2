"""`cnnviz data`."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.cli.main import main
from tests.data.test_cifar10 import make_folder


def test_data_counts_classes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, _, labels = make_folder(tmp_path)
    assert main(["data", "--data", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert str(folder) in printed
    assert f"train: {len(labels)} images; {int((labels == 0).sum())} airplane" in printed


@pytest.mark.slow
def test_a_download_that_fails_leaves_a_sentence_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setattr("urllib.request._opener", None)  # it is made anew, of these
    monkeypatch.setattr("keras.src.backend.config.keras_home", lambda: str(tmp_path))
    assert main(["data"]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("cnnviz: `data` is not set and CIFAR-10 could not be downloaded. Name a folder")

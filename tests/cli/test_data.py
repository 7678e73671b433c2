"""`cnnviz data`."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.cli.main import main
from tests.cli.console import run
from tests.data.test_cifar10 import make_folder


def test_data_counts_classes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, _, labels = make_folder(tmp_path)
    assert main(["data", "--data", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert str(folder) in printed
    assert f"train: {len(labels)} images; {int((labels == 0).sum())} airplane" in printed


@pytest.mark.slow
def test_a_download_that_fails_leaves_a_sentence_too(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    done = run(tmp_path, "data", HTTPS_PROXY=nowhere, https_proxy=nowhere, ALL_PROXY=nowhere)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("cnnviz: `data` is not set and CIFAR-10 could not be downloaded. Name a folder")

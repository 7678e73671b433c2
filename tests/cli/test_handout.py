"""`cnnviz handout`: what it refuses, and why. Its PDF is read in tests/browser/test_handout.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.cli.main import main

APP = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--app", APP, "--steps", "3-1"], "`steps` must be one or two numbers in 1.."),
        (["--app", APP, "--steps", "0"], "Received: steps='0'"),
        (["--app", "https://example.org"], "`app` must be an address on this machine"),
        (["--app", "file:///etc/passwd"], "`app` must be an address on this machine"),
        (["--app", APP, "--address", "javascript:alert(1)"], "`address` must begin with http:// or https://"),
    ],
)
def test_what_is_refused(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "handout.pdf"
    assert main(["handout", *arguments, "--out", str(out)]) == 1
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_a_folder_that_does_not_exist_is_refused_before_a_page_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "none" / "handout.pdf"
    link = ["worksheet", "worksheet=relu:1:7"]
    for command in (["handout", "--app", APP], [*link, "--app", APP], ["activations", "mlp"]):
        assert main([*command, "--out", str(out)]) == 1
        assert "`out` must be in a folder that exists" in capsys.readouterr().err


@pytest.mark.parametrize("named", ["", "/no/such/program"])
def test_without_chromium_a_sentence_names_what_to_install(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CHROMIUM", named)
    assert main(["handout", "--app", APP, "--out", str(tmp_path / "handout.pdf")]) == 1
    assert (
        "none is found: install one (Debian: apt-get install chromium fonts-noto-cjk)"
        in capsys.readouterr().err
    )

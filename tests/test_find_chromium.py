"""Finding Chromium for the browser tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.find_chromium import NAMES, SHELL, WHERE_PLAYWRIGHT_KEEPS_IT, find_chromium, main


def make_program(folder: Path, name: str) -> str:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_the_environment_comes_before_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = {name: make_program(tmp_path, name) for name in ("google-chrome", "chromium", "my-own")}
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert find_chromium() == programs["chromium"]
    monkeypatch.setenv("CHROMIUM", programs["my-own"])
    assert find_chromium() == programs["my-own"]


def test_the_headless_shell_comes_first_where_it_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    programs = [make_program(tmp_path, "chromium")]
    assert find_chromium(shell=True) == programs[0]
    programs.append(make_program(tmp_path, SHELL))
    assert [find_chromium(shell=shell) for shell in (False, True)] == programs


@pytest.mark.parametrize("name", NAMES)
def test_every_usual_name_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    program = make_program(tmp_path, name)
    assert find_chromium() == program


@pytest.mark.parametrize("arguments", [[], ["--install"]])
def test_a_wrong_chromium_ends_with_a_sentence(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHROMIUM", os.fspath(tmp_path / "nothing"))
    with pytest.raises(SystemExit, match=r"^CHROMIUM names no program: .*nothing$"):
        main(arguments)


def test_no_chromium_ends_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    with pytest.raises(SystemExit, match=r"^No Chromium found: set CHROMIUM to one, or run "):
        main([])


@pytest.mark.slow
def test_playwrights_own_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    folder = tmp_path / "browsers"
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(folder))
    where = subprocess.run(
        [sys.executable, "-c", WHERE_PLAYWRIGHT_KEEPS_IT], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert where.startswith(str(folder))
    Path(where).parent.mkdir(parents=True)
    make_program(Path(where).parent, Path(where).name)
    assert find_chromium() == where

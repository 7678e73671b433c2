"""Shared parts of the components: the payload's layout, and the files of their scripts and styles."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import streamlit

from cnnviz.components import FRONTEND, START, manifest, pack


def test_a_payload_comes_apart_as_documented() -> None:
    arrays = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b": np.array([1, 2, 3], np.uint8),
        "c": np.array([[-1.5]], np.float16),
        "d": np.array([7, -7], ">i2"),
    }
    content = pack({"name": "합성곱", "n": 3}, arrays)
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length].decode())
    assert (header["name"], header["n"]) == ("합성곱", 3)
    assert (4 + length) % 8 == 0
    for name, array in arrays.items():
        entry = header["arrays"][name]
        assert entry["offset"] % 8 == 0
        start = 4 + length + entry["offset"]
        kind = np.dtype(entry["dtype"]).newbyteorder("<")
        read = np.frombuffer(content, kind, array.size, start).reshape(entry["shape"])
        np.testing.assert_array_equal(read, array)


def test_every_component_is_declared_to_the_server_with_what_it_loads() -> None:
    declared = {component.name: component.asset_dir for component in manifest().components}
    assert set(declared.values()) == {FRONTEND.name}
    mounted = {path.stem for path in FRONTEND.parent.glob("*.py") if "= register(" in path.read_text("utf-8")}
    assert set(declared) == mounted | {"modules"}
    assert (FRONTEND / START).is_file()
    for name in mounted:
        assert (FRONTEND / name / f"{name}.css").is_file()
        assert re.search(
            "^export default ", (FRONTEND / name / f"{name}.js").read_text("utf-8"), re.MULTILINE
        )


def test_another_content_of_any_script_or_style_has_another_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def name() -> str:
        manifest.cache_clear()
        return manifest().name

    here = name()
    folder = tmp_path / "frontend"
    shutil.copytree(FRONTEND, folder)
    monkeypatch.setattr("cnnviz.components.FRONTEND", folder)
    assert name() == here
    for path in ("shared/numbers.js", "stepper/stepper.css"):
        with (folder / path).open("a") as file:
            file.write("\n")
        assert name() != here
        here = name()
    (folder / "shared/numbers.js").rename(folder / "shared/digits.js")
    assert name() != here
    monkeypatch.undo()
    manifest.cache_clear()


def test_streamlit_has_the_scripts_that_the_stage_fetches_ahead() -> None:
    static = Path(streamlit.__file__).parent / "static"
    ahead = (FRONTEND / "lecture_keys" / "ahead.js").read_text("utf-8")
    named = re.search(r"SCRIPTS = \[(.*)\]", ahead)
    assert named
    (main,) = re.findall(
        r'<script type="module"[^>]* src="\./([^"]*/index\.[^"]*)"', (static / "index.html").read_text()
    )
    source = (static / main).read_text("utf-8")
    for name in re.findall(r'"(\w+)"', named[1]):
        found = re.search(rf"\b{name}\.[\w-]+\.js", source)
        assert found, name
        assert (static / main).with_name(found[0]).exists()

"""A component's modules as one script: what each exports is what the others import."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnnviz.export import bundle
from tests import node


@pytest.mark.parametrize("name", ["stepper", "feature_grid"])
def test_bundle_runs_and_has_every_module_once(name: str, tmp_path: Path) -> None:
    text = bundle.script(name)
    assert not re.search(r"^(?:import|export)\b", text, re.MULTILINE)
    assert node.run(f"{text}\nconsole.log(typeof mount, mount.length);\n", tmp_path) == "function 1\n"
    modules = re.findall(r"^const (module_\w+) = \(\(\) => \{$", text, re.MULTILINE)
    assert len(modules) == len(set(modules)) > 15


def test_modules_keep_their_names_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one/one.js").write_text(
        'import { value as other } from "./two.js";\nconst value = 1;\n'
        "export default function (x) {\n  return [value, other, x];\n}\n"
    )
    (tmp_path / "one/two.js").write_text("const hidden = 2;\nexport const value = hidden;\n")
    monkeypatch.setattr(bundle, "FRONTEND", tmp_path)
    assert (
        node.run(f"{bundle.script.__wrapped__('one')}\nconsole.log(mount(3).join());\n", tmp_path)
        == "1,2,3\n"
    )


def test_what_is_imported_later_is_there_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one/one.js").write_text(
        '/** @param {import("./none.js").None} x */\n'
        'export default async (x) => (await import("./two.js")).value + x;\n'
    )
    (tmp_path / "one/two.js").write_text("export const value = 2;\n")
    monkeypatch.setattr(bundle, "FRONTEND", tmp_path)
    text = f"{bundle.script.__wrapped__('one')}\nmount(3).then((sum) => console.log(sum));\n"
    assert node.run(text, tmp_path) == "5\n"


@pytest.mark.parametrize(
    "content", ['import "./one.js";\n', 'import { a } from "./one.js";\nexport const a = 1;\n']
)
def test_what_cannot_be_bundled_is_said(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one/one.js").write_text(content)
    monkeypatch.setattr(bundle, "FRONTEND", tmp_path)
    with pytest.raises(AssertionError, match=r"one/one\.js"):
        bundle.script.__wrapped__("one")

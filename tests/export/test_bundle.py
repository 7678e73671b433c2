"""A component's modules as one script: what each exports is what the others import."""

from __future__ import annotations

import re
from collections.abc import Callable
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


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Bundle a component of these modules, one.js and perhaps two.js."""

    def script(one: str, two: str = "") -> str:
        (tmp_path / "one").mkdir()
        for name, text in (("one", one), ("two", two)):
            (tmp_path / f"one/{name}.js").write_text(text)
        monkeypatch.setattr(bundle, "FRONTEND", tmp_path)
        made: str = bundle.script.__wrapped__("one")
        return made

    return script


def test_modules_keep_their_names_apart(bundled: Callable[..., str], tmp_path: Path) -> None:
    text = bundled(
        'import { value as other } from "./two.js";\nconst value = 1;\n'
        "export default function (x) {\n  return [value, other, x];\n}\n",
        "const hidden = 2;\nexport const value = hidden;\n",
    )
    assert node.run(f"{text}\nconsole.log(mount(3).join());\n", tmp_path) == "1,2,3\n"


def test_what_is_imported_later_is_there_too(bundled: Callable[..., str], tmp_path: Path) -> None:
    text = bundled(
        '/** @param {import("./none.js").None} x */\n'
        'export default async (x) => (await import("./two.js")).value + x;\n',
        "export const value = 2;\n",
    )
    assert node.run(f"{text}\nmount(3).then((sum) => console.log(sum));\n", tmp_path) == "5\n"


@pytest.mark.parametrize(
    "content", ['import "./one.js";\n', 'import { a } from "./one.js";\nexport const a = 1;\n']
)
def test_what_cannot_be_bundled_is_said(content: str, bundled: Callable[..., str]) -> None:
    with pytest.raises(AssertionError, match=r"one/one\.js"):
        bundled(content)

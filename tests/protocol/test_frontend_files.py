"""What browsers can fetch of the components: their scripts and styles, and nothing else."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request

import pytest

from cnnviz.components import FRONTEND, manifest
from tests.visitor import Visitor


@pytest.fixture(scope="module")
def folder(server: str) -> str:
    """Return the address of the folder that scripts and styles are in."""

    async def visit() -> None:  # the first mounting declares the folder to the server
        async with Visitor(server) as visitor:
            await visitor.open()

    asyncio.run(visit())
    return f"{server}/_stcore/bidi-components/{manifest().name}.modules"


def fetch(address: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_every_script_and_style_is_served(folder: str) -> None:
    files = [path for path in FRONTEND.rglob("*") if path.suffix in (".js", ".css")]
    assert len(files) > 80
    for path in files:
        assert fetch(f"{folder}/{path.relative_to(FRONTEND).as_posix()}") == (200, path.read_bytes())


@pytest.mark.parametrize(
    "path",
    ["__init__.py", "stepper.py", "../stepper.py", "..%2fstepper.py", "%2e%2e/stepper.py", "../../errors.py"],
)
def test_nothing_beside_the_folder_is_served(folder: str, path: str) -> None:
    status, content = fetch(f"{folder}/{path}")
    assert status in (400, 404)
    assert b"import" not in content


def test_only_scripts_styles_and_templates_are_in_the_folder() -> None:
    suffixes = {path.suffix for path in FRONTEND.rglob("*") if path.is_file()}
    assert suffixes == {".js", ".css", ".html"}

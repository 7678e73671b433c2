"""The installed package: built and run in a clean environment, from a folder outside the project."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from hatchling.build import build_editable
from packaging.requirements import Requirement
from streamlit.proto.Alert_pb2 import Alert

import cnnviz
from cnnviz.pages.navigation import PAGES
from tests.browser.conftest import start_server, tracebacks
from tests.protocol.visitor import visit
from tests.test_requirements import requirements
from tests.thorough import thorough

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = {"assets/screenshots", "assets/code/ruff.toml"}
SHOWN = PAGES[1:] if thorough() else ("lecture", "exercises", "architectures", "learning", "reasons", "code")
"""Pages that read files of every sort: all files are known to be installed."""
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")
INSTALL = ("install", "--no-index", "--no-deps", "--ignore-installed", "--no-compile")
"""Nothing is downloaded: what CNNViz and its build need is taken from where the tests run."""


def new_environment(folder: Path) -> Path:
    """Make an environment that has all that this one has, but not this project; return its interpreter."""
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    packages = subprocess.check_output(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    )
    borrowed = [each for each in sys.path if Path(each).name in ("site-packages", "dist-packages")]
    Path(packages.strip(), "borrowed.pth").write_text("\n".join(borrowed), "utf-8")
    return python


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command, and return what it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files(folder: Path) -> set[str]:
    """Return the files in a folder, as paths in it."""
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return {path for path in found if not re.search(r"__pycache__|\.\w+_cache/", path)}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment into which the source distribution was installed."""
    folder = tmp_path_factory.mktemp("package")
    build = (sys.executable, "-m", "hatchling", "build", "-d", folder, "-t")
    run(*build, "sdist", cwd=ROOT)
    (archive,) = folder.glob("cnnviz-*.tar.gz")
    run("tar", "-xzf", archive, cwd=folder)
    run(*build, "wheel", cwd=folder / archive.name.removesuffix(".tar.gz"))
    (wheel,) = folder.glob("cnnviz-*.whl")
    python = new_environment(folder / "environment")
    run(sys.executable, *PIP, "--python", python, *INSTALL, wheel, cwd=folder)
    return python


@pytest.fixture(scope="module")
def package(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the installed package."""
    location = run(
        python, "-c", "import cnnviz; print(cnnviz.__file__)", cwd=tmp_path_factory.mktemp("other")
    )
    package = Path(location.strip()).parent
    assert package.is_relative_to(python.parents[1])
    return package


def test_all_that_the_app_needs_is_installed_and_nothing_else(package: Path) -> None:
    assets = {f"bundled/assets/{name}" for name in files(ROOT / "assets")}
    left_out = {each for each in assets if any(each.startswith(f"bundled/{start}") for start in LEFT_OUT)}
    settings = {"bundled/app.py", "bundled/.streamlit/config.toml"}
    assert files(package) == files(ROOT / "cnnviz") | assets - left_out | settings
    assert "py.typed" in files(package)
    beside = {path.name for path in package.parent.iterdir()} - {"borrowed.pth", "__pycache__"}
    assert beside == {"cnnviz", f"cnnviz-{cnnviz.__version__}.dist-info"}


def test_what_is_installed_says_what_it_is_and_what_it_needs(package: Path) -> None:
    info = metadata.Distribution.at(package.with_name(f"cnnviz-{cnnviz.__version__}.dist-info"))
    assert info.metadata["License-Expression"] == "Apache-2.0 AND MIT AND CC-BY-4.0 AND OFL-1.1 AND CC0-1.0"
    assert set(info.metadata.get_all("License-File") or ()) == {
        "LICENSE",
        "NOTICE",
        "assets/fonts/LICENSE-noto",
        "assets/imagenet/LICENSE",
        "assets/samples/LICENSE-foolbox",
        "assets/digits/LICENSE-digits",
    }
    needs = [Requirement(each) for each in info.requires or ()]
    always = [each for each in needs if "extra ==" not in str(each.marker)]
    assert sorted(map(str, always)) == sorted(map(str, requirements("requirements.txt")))
    extras = {(str(each.marker).partition("extra == ")[2].strip("'\""), each.name) for each in needs}
    assert extras >= {("notebook", "anywidget"), ("hosted", "redis"), ("hosted", "uvloop")}


COMMANDS = """
import contextlib
from cnnviz import load, samples
from cnnviz.cli.main import main
from cnnviz.explain.programs import source

for words in (["--help"], ["run", "--help"]):
    with contextlib.suppress(SystemExit):
        main(words)
assert load("keras_lecture").weights["conv1.kernel"].shape == (3, 3, 3, 32)
assert main(["animate", "--rows", "1", "--out", "a.gif"]) == 0  # fonts, and the texts
assert main(["animate", "--out", "a.html"]) == 0  # a component's files
print(len(samples()), source("lecture_keras")[:3])
"""
"""All in one process: Python imports what they need once."""


def test_the_command_works_in_any_folder(python: Path, tmp_path: Path) -> None:
    said = run(python.with_name("cnnviz"), "--version", cwd=tmp_path)
    assert said.split() == ["cnnviz", cnnviz.__version__]
    printed = run(python, "-c", COMMANDS, cwd=tmp_path)
    assert "usage: cnnviz run" in printed
    assert "{" not in printed
    assert printed.endswith('\n20 """\n')
    assert (tmp_path / "a.gif").read_bytes().startswith(b"GIF89a")
    assert (tmp_path / "a.html").stat().st_size > 0


@pytest.fixture(scope="module")
def server(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the app with the installed command in a folder of its own; its log must be clean."""
    folder = tmp_path_factory.mktemp("elsewhere")
    process, url = start_server(folder / "log.txt", run=(str(python.with_name("cnnviz")), "run"), cwd=folder)
    yield url
    process.terminate()
    process.wait(180)
    log = (folder / "log.txt").read_text("utf-8")
    assert not tracebacks(log), log


def test_pages_of_the_installed_app_are_drawn(server: str) -> None:
    with visit(server) as visitor:
        for page in ("", *SHOWN):
            visitor.run(page)
            assert not visitor.drawn("exception"), page
            assert not [alert for alert in visitor.drawn("alert") if alert.format == Alert.ERROR], page
            assert visitor.drawn("heading"), page


def test_the_installed_app_goes_from_page_to_page(server: str) -> None:
    with visit(server) as visitor:
        visitor.run("lecture", "lecture=meaning")
        assert visitor.page == visitor.pages["convolution"]
        assert not visitor.drawn("exception")


def test_the_installed_app_has_the_settings_of_the_checkout(server: str) -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    with visit(server) as visitor:
        visitor.run("")
        config, theme = visitor.session.config, visitor.session.custom_theme
        assert config.ToolbarMode.Name(config.toolbar_mode).lower() == settings["client"]["toolbarMode"]
        assert theme.dark.primary_color == settings["theme"]["dark"]["primaryColor"]
        assert theme.light.background_color == settings["theme"]["light"]["backgroundColor"]
        assert visitor.icon.startswith(
            "data:image/svg+xml;base64,"
        )  # not the name of a file that was not found


def test_an_editable_installation_uses_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with zipfile.ZipFile(tmp_path / build_editable(str(tmp_path))) as wheel:
        assert "cnnviz/__init__.py" not in wheel.namelist()  # Python goes on to the folder that is named
        assert wheel.read("_cnnviz.pth").decode().split() == [str(ROOT)]
        assert "cnnviz = " in wheel.read(f"cnnviz-{cnnviz.__version__}.dist-info/entry_points.txt").decode()

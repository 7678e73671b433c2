"""The lists of what is installed agree."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
TESTED = {
    "python_version": "3.11",
    "python_full_version": "3.11.15",
    "sys_platform": "linux",
    "platform_machine": "x86_64",
}


def requirements(name: str) -> list[Requirement]:
    """Return the requirements that a file names."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return [Requirement(line.partition(" #")[0]) for line in lines if re.match(r"\w", line)]


TESTED_VERSIONS = {canonicalize_name(each.name): each.specifier for each in requirements("constraints.txt")}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_a_version_that_was_tested_is_one_that_is_asked_for(name: str) -> None:
    for wanted in requirements(name):
        if wanted.marker is None or wanted.marker.evaluate(TESTED):
            (pin,) = TESTED_VERSIONS[canonicalize_name(wanted.name)]
            assert pin.operator == "=="
            assert wanted.specifier.contains(pin.version), wanted


def test_tested_versions_hold_only_where_they_were_tested() -> None:
    for each in requirements("constraints.txt"):
        assert each.marker is not None, each
        assert each.marker.evaluate(TESTED), each
        assert not each.marker.evaluate(TESTED | {"python_version": "3.13"}), each
        assert not each.marker.evaluate(TESTED | {"sys_platform": "darwin"}), each


def test_no_python_3_11_is_asked_for_a_version_that_it_cannot_have() -> None:
    """Pip would try all versions of all other packages before it gives up."""
    installed = {canonicalize_name(each.name): each for each in importlib.metadata.distributions()}
    for each in requirements("constraints.txt"):
        package = installed.get(canonicalize_name(each.name))
        if package is None or not each.specifier.contains(package.version, prereleases=True):
            continue  # another version than the tested one
        takes = SpecifierSet(package.metadata.get("Requires-Python") or "")
        for patch in range(16):
            python = f"3.11.{patch}"
            if each.marker and each.marker.evaluate(TESTED | {"python_full_version": python}):
                assert python in takes, f"{each} needs Python {takes}"

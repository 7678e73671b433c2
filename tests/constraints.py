"""Print the installed versions as lines of constraints.txt.

A package may need a later Python 3.11 than a machine has; there its line holds nothing. A line that
cannot be met would have pip try all versions of everything else, for minutes.
"""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys

from packaging.specifiers import SpecifierSet
from packaging.version import Version

WHERE = 'python_version == "3.11" and sys_platform == "linux"'


def marker(requires_python: str | None) -> str:
    """Return where a version holds, by the versions of Python that its package takes.

    >>> marker(">=3.10")
    'python_version == "3.11" and sys_platform == "linux"'
    >>> marker(">=3.11.5")
    'python_version == "3.11" and sys_platform == "linux" and python_full_version >= "3.11.5"'
    """
    later = [
        each.version
        for each in SpecifierSet(requires_python or "")
        if each.operator == ">=" and Version(each.version) > Version("3.11")
    ]
    return " and ".join([WHERE, *(f'python_full_version >= "{version}"' for version in later)])


def main() -> None:
    """Print a line for each package that pip lists."""
    listing = [sys.executable, "-m", "pip", "freeze", "--exclude-editable", "--exclude", "cnnviz"]
    for line in subprocess.run(listing, check=True, capture_output=True, text=True).stdout.splitlines():
        about = importlib.metadata.metadata(line.partition("==")[0])
        print(f"{line}; {marker(about.get('Requires-Python'))}")


if __name__ == "__main__":
    main()

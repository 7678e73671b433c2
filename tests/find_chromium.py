"""Find Chromium for the tests, and for the Makefile, which installs one if there is none.

`python tests/find_chromium.py` prints the path; with `--install` it installs one first if need be, and the
headless shell where Debian has it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# in a process of its own: Playwright does not start twice in one, and the tests have started it
WHERE_PLAYWRIGHT_KEEPS_IT = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHELL = "chromium-headless-shell"
"""The same engine without the windows around it: a page costs a fifth less of the processor."""


def find_chromium(*, shell: bool = False) -> str:
    """Return the path of a Chromium: $CHROMIUM, one on the PATH, or the one Playwright installed.

    Args:
        shell: whether the headless shell comes before those with windows.

    Raises:
        FileNotFoundError: if there is none.
    """
    if named := os.environ.get("CHROMIUM"):
        if shutil.which(named):
            return named
        raise FileNotFoundError(f"CHROMIUM names no program: {named}")
    for name in (SHELL, *NAMES) if shell else NAMES:
        if path := shutil.which(name):
            return path
    own = subprocess.run([sys.executable, "-c", WHERE_PLAYWRIGHT_KEEPS_IT], capture_output=True, text=True)
    if Path(own.stdout.strip()).is_file():
        return own.stdout.strip()
    raise FileNotFoundError(
        "No Chromium found: set CHROMIUM to one, or run `python tests/find_chromium.py --install`."
    )


def may_apt() -> bool:
    """Whether packages of Debian can be installed here."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def apt_install(*packages: str) -> bool:
    """Install packages of Debian, and return whether they are there."""
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=False)
    return subprocess.run(command, env=environment, check=False).returncode == 0


def install() -> None:
    """Install Debian's Chromium where apt-get and root are there, else Playwright's."""
    # the fonts: Korean pages are looked at, too
    if may_apt() and apt_install("chromium", "fonts-noto-cjk"):
        return
    libraries = ["--with-deps"] if may_apt() else []  # what Chromium links to; apt-get brings it
    subprocess.run([sys.executable, "-m", "playwright", "install", *libraries, "chromium"], check=False)


def main(arguments: list[str]) -> None:
    """Print where Chromium is; end with a sentence if there is none."""
    if arguments == ["--install"] and "CHROMIUM" not in os.environ:
        try:
            find_chromium()
        except FileNotFoundError:
            install()
        if may_apt() and not shutil.which(SHELL):
            apt_install(SHELL)  # Debian's alone has a name; without it all is tested in the other
    try:
        print(find_chromium())
    except FileNotFoundError as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main(sys.argv[1:])

"""Where Chromium is: for the tests, and for the Makefile, which installs one if there is none.

`python tests/find_chromium.py` prints the path; with `--install` it installs one first if need be.
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


def find_chromium() -> str:
    """Return the path of a Chromium: $CHROMIUM, one on the PATH, or the one Playwright installed.

    Raises:
        FileNotFoundError: if there is none.
    """
    if named := os.environ.get("CHROMIUM"):
        if shutil.which(named):
            return named
        raise FileNotFoundError(f"CHROMIUM names no program: {named}")
    for name in NAMES:
        if path := shutil.which(name):
            return path
    own = subprocess.run([sys.executable, "-c", WHERE_PLAYWRIGHT_KEEPS_IT], capture_output=True, text=True)
    if Path(own.stdout.strip()).is_file():
        return own.stdout.strip()
    raise FileNotFoundError(
        "No Chromium found: set CHROMIUM to one, or run `python tests/find_chromium.py --install`."
    )


def install() -> None:
    """Install Debian's Chromium where apt-get and root are there, else Playwright's."""
    may_apt = shutil.which("apt-get") is not None and os.geteuid() == 0
    if may_apt:
        packages = ["chromium", "fonts-noto-cjk"]  # the fonts: Korean pages are looked at, too
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        if subprocess.run(command, env=environment, check=False).returncode == 0:
            return
    libraries = ["--with-deps"] if may_apt else []  # what Chromium links to; apt-get brings it
    subprocess.run([sys.executable, "-m", "playwright", "install", *libraries, "chromium"], check=False)


def main(arguments: list[str]) -> None:
    """Print where Chromium is; end with a sentence if there is none."""
    if arguments == ["--install"] and "CHROMIUM" not in os.environ:
        try:
            find_chromium()
        except FileNotFoundError:
            install()
    try:
        print(find_chromium())
    except FileNotFoundError as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main(sys.argv[1:])

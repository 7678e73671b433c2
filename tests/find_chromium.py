"""Where Chromium is: for the tests, and for the Makefile, which installs one if there is none.

`python tests/find_chromium.py` prints the path; with `--install` it installs one first if need be.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

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
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).is_file():
        return own
    raise FileNotFoundError("No Chromium found: set CHROMIUM to one, or run `make test`, which installs one.")


def install() -> None:
    """Install Debian's Chromium where apt-get and root are there, else Playwright's."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        packages = ["chromium", "fonts-noto-cjk"]  # the fonts: Korean pages are looked at, too
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], check=True)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__":
    try:
        print(find_chromium())
    except FileNotFoundError:
        if "--install" not in sys.argv:
            raise
        install()
        print(find_chromium())

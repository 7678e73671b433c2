"""The location of files other than modules: the app's script and settings, samples, weights and fonts."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """Return the folder that contains `app.py`, `.streamlit` and `assets`.

    It is the root of a checkout, or `cnnviz/bundled` in an installed package (see pyproject.toml).
    """
    installed = _PACKAGE / "bundled"
    return installed if installed.is_dir() else _PACKAGE.parent


ASSETS = root() / "assets"

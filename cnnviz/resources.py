"""The files that CNNViz needs besides its modules: the app's script and settings, samples, weights, fonts."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """Return the folder that holds `app.py`, `.streamlit` and `assets`.

    In a checkout that is the repository's top. A wheel carries them in `cnnviz/bundled`, which
    pyproject.toml says; there is none in a checkout.
    """
    installed = _PACKAGE / "bundled"
    return installed if installed.is_dir() else _PACKAGE.parent


ASSETS = root() / "assets"

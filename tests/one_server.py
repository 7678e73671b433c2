"""A Streamlit server's one-time work, done once per process: each AppTest counts as a new server."""

from __future__ import annotations

import functools

from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import app_test


@functools.cache
def share_server() -> None:
    """Let all AppTests share the registered components, those found in installed packages, and the scripts.

    To read what eighty packages say of themselves, to register our components, and to compile a page takes as
    long as many pages do.
    """
    manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)
    app_test.BidiComponentManager = functools.cache(app_test.BidiComponentManager)  # type: ignore[assignment, misc]
    scripts = ScriptCache()
    app_test.ScriptCache = lambda: scripts  # type: ignore[assignment, misc]

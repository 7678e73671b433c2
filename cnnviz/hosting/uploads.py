"""Maximum sizes of uploaded files."""

from __future__ import annotations

from streamlit import config

from cnnviz import settings

LIMIT = "server.maxUploadSize"
SMALL_MB = 6
"""Maximum size of all files but networks; as in .streamlit/config.toml."""


def begin() -> None:
    """Raise the server's own limit where visitors may open networks."""
    if settings.may_open():
        config.set_option(LIMIT, max(int(config.get_option(LIMIT)), settings.OPENING_MB()))

"""How the tests run: of what a fixed choice of cases covers all combinations; and over a slow line."""

from __future__ import annotations

import os

from cnnviz.text import LANGUAGES


def thorough() -> bool:
    """Whether all combinations are tested: `make test-all` asks for it."""
    return os.environ.get("CNNVIZ_TEST_ALL") == "1"


def slow() -> bool:
    """Whether browsers are served over a slow line: `make test-slow` asks for it."""
    return os.environ.get("CNNVIZ_TEST_SLOW") == "1"


def either(turn: int) -> list[str]:
    """Return one language, another for the next turn; both where all is tested."""
    return [*LANGUAGES] if thorough() else [LANGUAGES[turn % len(LANGUAGES)]]

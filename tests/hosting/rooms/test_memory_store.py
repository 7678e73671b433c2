"""Rooms in memory: what every store does."""

from __future__ import annotations

import pytest

from cnnviz.hosting.rooms.base import Store
from cnnviz.hosting.rooms.memory_store import MemoryStore
from tests.hosting.rooms.store_suite import *  # noqa: F403
from tests.hosting.rooms.store_suite import MakeStore


@pytest.fixture
def make() -> MakeStore:
    def made(life: float = 3600.0) -> Store:
        return MemoryStore(life=life, rooms=2, followers=3)

    return made

"""The public names: each function says what it raises."""

from __future__ import annotations

import inspect

import pytest

import cnnviz

FUNCTIONS = [name for name in cnnviz.__all__ if inspect.isfunction(getattr(cnnviz, name))]
RAISES_NOTHING = {"model_names"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_a_function_raises_is_documented(name: str) -> None:
    text = inspect.getdoc(getattr(cnnviz, name)) or ""
    assert ("Raises:\n    CnnvizError: " in text) == (name not in RAISES_NOTHING)

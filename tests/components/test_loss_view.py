"""Selections that the loss view accepts from a browser and from a link."""

from __future__ import annotations

from typing import Any

import pytest

from cnnviz.components.loss_view import as_probability, read_selection
from cnnviz.errors import CnnvizError


def test_a_selection_is_a_probability_or_the_networks_own() -> None:
    assert read_selection({"p": 0.62}) == (0.62,)
    assert read_selection({"p": None}) == (None,)


@pytest.mark.parametrize("value", [3, {"p": 0}, {"p": 1}, {"p": "0.5"}, {"p": float("nan")}, {"p": [0.5]}])
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(CnnvizError, match="must be"):
        read_selection(value)


@pytest.mark.parametrize("text", ["0", "1", "nan", "x", "-1"])
def test_a_link_without_a_probability_that_can_be_set_is_refused(text: str) -> None:
    assert as_probability("0.62") == 0.62
    with pytest.raises(ValueError, match=r"^(could not|\S+$)"):
        as_probability(text)

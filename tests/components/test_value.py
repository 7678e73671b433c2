"""The checkers of what components tell: each takes what it should and refuses all else in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from cnnviz.components.value import (
    array,
    boolean,
    field,
    index,
    indices,
    integer,
    none_if_malformed,
    number,
    one_of,
)
from cnnviz.errors import CnnvizError

ANYTHING = (
    *(None, True, False, 0, 1, -1, 10**400, 0.5, 1.0, math.nan, math.inf, "", "0", "1", "map"),
    *([], [0], [0, 0], ["0", 0], [True, 0], [0, math.nan], [[0, 0]], {}, {"cell": 0}, {"0": 0}),
)


@pytest.mark.parametrize(
    ("read", "taken"),
    [
        pytest.param(partial(integer, low=-1, high=1), [0, 1, -1], id="integer"),
        pytest.param(partial(index, count=1), [0], id="index"),
        pytest.param(lambda value: indices(value, 1, 2), [[0, 0]], id="indices"),
        pytest.param(partial(array, most=1), [[], [0], [[0, 0]]], id="array"),
        pytest.param(partial(number, low=0, high=1), [0, 1, 0.5, 1.0], id="number"),
        pytest.param(boolean, [True, False], id="boolean"),
        pytest.param(partial(one_of, options=("map", "layer")), ["map"], id="one of these texts"),
        pytest.param(partial(one_of, options=[0, 10]), [0], id="one of these numbers"),
        pytest.param(partial(field, name="cell"), [{}, {"cell": 0}, {"0": 0}], id="field"),
    ],
)
def test_a_checker_takes_what_it_should_and_nothing_else(
    read: Callable[[Any], Any], taken: list[Any]
) -> None:
    for value in ANYTHING:
        # not `in`: True is 1, and 1.0 too
        if any(type(value) is type(one) and value == one for one in taken):
            read(value)
        else:
            with pytest.raises(CnnvizError, match=r"^`value` must be .*\. Received: \w+\.$"):
                read(value)


def test_what_is_checked_comes_back() -> None:
    told = {"cell": [3, 4], "across": 8, "scale": "map"}
    assert indices(field(told, "cell"), 32, 32) == (3, 4)
    assert number(field(told, "across"), 3, 32) == 8.0
    assert one_of(field(told, "scale"), ("layer", "map")) == "map"
    assert field(told, "plain") is None


def test_a_malformed_value_is_ignored_but_a_mistake_of_ours_is_not_hidden() -> None:
    @none_if_malformed
    def read(value: Any) -> float:
        return 1 / integer(value, 0, 9)

    assert read(2) == 0.5
    assert read("2") is None
    with pytest.raises(ZeroDivisionError):
        read(0)


def test_a_value_nested_deeper_than_repr_goes_is_refused_like_any_other() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(CnnvizError, match="must be true or false"):
        boolean(deep)
    while deep:  # taken apart by hand: Python would recurse
        deep = deep[0]

"""Malformed values of components: the page goes on as if nothing had been told."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.fuzz.components import MOUNTED, Mounted
from tests.fuzz.visitor import identities, outcome, send, state, trigger, visit

PLACE = {"at": [3, 4, 0], "time": 1_700_000_000_000}
MALFORMED: tuple[Any, ...] = (
    *({}, [], 7, "place", True, math.nan, {"at": [3, 4, 0]}, {"time": 1}),
    *(
        {**PLACE, "at": at}
        for at in ([], [3, 4], [3, 4, 0, 0], 3, "340", None, {}, [3, 4, None], [[3], 4, 0])
    ),
    *(
        {**PLACE, "at": at}
        for at in ([3, 4, math.nan], [3, 4, math.inf], [3, 4, -1], [3.5, 4, 0], ["3", 4, 0])
    ),
    *({**PLACE, "time": time} for time in (None, "now", {}, math.nan, -1)),
)


@pytest.mark.parametrize("tell", [state, trigger])
@pytest.mark.parametrize(
    ("page", "key"), [("convolution", "stepper_conv"), ("pooling", "stepper_max"), ("relu", "stepper_relu")]
)
def test_a_malformed_place_leaves_the_stepper_where_it_is(page: str, key: str, tell: Any) -> None:
    app = visit(page, {"cell": "1,2"})
    for place in MALFORMED:
        send(app, [tell(identities(app)[key], {"place": place})])
        assert outcome(app) is None, place
        assert app.query_params["cell"] == "1,2", place
    send(app, [tell(identities(app)[key], {"place": PLACE})])
    assert app.query_params["cell"] == "3,4"


@pytest.mark.parametrize("tell", [state, trigger])
@pytest.mark.parametrize("mounted", MOUNTED, ids=lambda mounted: f"{mounted.page} {mounted.key}")
def test_no_component_takes_an_empty_answer(mounted: Mounted, tell: Any) -> None:
    app = visit(mounted.page, mounted.query)
    before = app.query_params.copy()
    for value in ({}, [], None, "", math.nan, {"time": 1}):
        send(app, [tell(identities(app)[mounted.key], dict.fromkeys(mounted.values, value))])
        assert outcome(app) is None
    assert app.query_params == before

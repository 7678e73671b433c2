"""Malformed messages of components: the page goes on as if nothing had been sent."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.fuzz.components import MOUNTED, Mounted
from tests.fuzz.visitor import identities, outcome, send, state, trigger, visit
from tests.thorough import thorough

CELL = {"cell": [3, 4], "channel": 0}
MALFORMED: tuple[Any, ...] = (
    *({}, [], 7, "selection", True, math.nan, {"cell": [3, 4]}, {"channel": 0}),
    *({**CELL, "cell": cell} for cell in ([], [3], [3, 4, 0], 3, "34", None, {}, [3, None], [[3], 4])),
    *({**CELL, "cell": cell} for cell in ([3, math.nan], [math.inf, 4], [3, -1], [3.5, 4], ["3", 4])),
    *({**CELL, "cell": cell} for cell in ([3, 32], [10**9, 4], [3, 10**400], [True, 4])),
    *({**CELL, "channel": channel} for channel in (None, "0", {}, math.nan, -1, 512, 0.5, True)),
)


TELL = (state, trigger)
STEPPERS = (("convolution", "stepper_conv"), ("pooling", "stepper_max"), ("relu", "stepper_relu"))
EMPTY: tuple[Any, ...] = ({}, [], None, "", math.nan, {"time": 1})


@pytest.mark.parametrize("tell", TELL)
@pytest.mark.parametrize(("page", "key"), STEPPERS)
def test_a_malformed_selection_leaves_the_stepper_where_it_is(page: str, key: str, tell: Any) -> None:
    app = visit(page, {"cell": "1,2"})
    # each is sent to one stepper, as a state or as a trigger
    first = len(TELL) * STEPPERS.index((page, key)) + TELL.index(tell)
    for selection in MALFORMED if thorough() else MALFORMED[first :: len(TELL) * len(STEPPERS)]:
        send(app, [tell(identities(app)[key], {"selection": selection})])
        assert outcome(app) is None, selection
        assert app.query_params["cell"] == "1,2", selection
    send(app, [tell(identities(app)[key], {"selection": CELL})])
    assert app.query_params["cell"] == "3,4"


@pytest.mark.parametrize("mounted", MOUNTED, ids=lambda mounted: f"{mounted.page} {mounted.key}")
def test_no_component_takes_an_empty_message(mounted: Mounted) -> None:
    app = visit(mounted.page, mounted.query)
    identity = identities(app)[mounted.key]
    (name,) = (node.proto.component_name for node in app._tree if identity_of(node) == identity)
    assert name.endswith(f".{mounted.component}")
    before = app.query_params.copy()
    # one of them, the others to the next components; by turns as a state and as a trigger
    turn = MOUNTED.index(mounted)
    for k, value in enumerate(EMPTY if thorough() else [EMPTY[turn % len(EMPTY)]]):
        for tell in TELL if thorough() else [TELL[(k + turn // len(EMPTY)) % 2]]:
            send(app, [tell(identities(app)[mounted.key], dict.fromkeys(mounted.messages, value))])
            assert outcome(app) is None
    assert app.query_params == before


def identity_of(node: Any) -> str:
    return getattr(getattr(node, "proto", None), "id", "")

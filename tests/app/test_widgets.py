""" "Required" holds only in the browser: a message that removes a choice changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from cnnviz.pages.model_views import name_from
from tests.fuzz.visitor import identities, outcome, send, visit

NAMES = ["mlp", "keras_lecture"]


def nothing_chosen(identity: str) -> WidgetState:
    state = WidgetState(id=identity)
    state.string_array_value.SetInParent()
    return state


@pytest.mark.parametrize(
    ("page", "key"),
    [
        ("models", "language"),
        ("models", "source"),
        ("models", "chart"),
        ("models", "models_picked"),
        ("network", "colour_scale"),
    ],
)
def test_a_choice_that_is_taken_away_stays(page: str, key: str) -> None:
    app = visit(page, {"lang": "ko", "model": "mlp"})
    before = app.query_params.copy()
    send(app, [nothing_chosen(identities(app)[key])])
    assert outcome(app) is None
    app.run()
    assert outcome(app) is None
    assert app.query_params == before


@pytest.mark.parametrize(
    "told",
    [
        *(None, 7, [], {}, {"selection": None}, {"selection": {"points": {}}}, {"selection": {"points": []}}),
        *(
            {"selection": {"points": [point]}}
            for point in (None, "mlp", {}, {"customdata": []}, {"customdata": {}}, {"customdata": "../mlp"})
        ),
    ],
)
def test_a_chart_that_tells_of_no_network_picks_none(told: Any) -> None:
    assert name_from(told, NAMES) is None
    app = visit("models", {"model": "mlp"})
    key = "models_against_parameters_mlp"
    send(app, [WidgetState(id=identities(app)[key], string_value=json.dumps(told))])
    outcome(app, forged=True)
    assert app.session_state["link.kept"]["model"] == "mlp"


@pytest.mark.parametrize("customdata", ["mlp", ["mlp", "10%"]])
def test_a_clicked_point_names_its_network(customdata: Any) -> None:
    assert name_from({"selection": {"points": [{"customdata": customdata}]}}, NAMES) == "mlp"

"""Streamlit's own widgets: values that no browser would send, of the right type and of others."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState

from cnnviz.pages.navigation import PAGES
from tests.fuzz import hostile
from tests.fuzz.visitor import outcome, send, visit, widgets

QUERIES: tuple[tuple[str, dict[str, str]], ...] = (
    *((page, {}) for page in PAGES),
    ("convolution", {"kernel": "typed", "input": "grid", "padding": "custom"}),
    ("convolution", {"kernel": "classic", "lecture": "region"}),
    ("comparison", {"comparison_cover": "3"}),
    ("data", {"data_view": "one_hot"}),
    ("pooling", {"lang": "ko", "model": "tensorflow_lecture"}),
)
"""Pages, and what makes them show more of their widgets."""
INT64 = 2**63


@dataclass(frozen=True)
class Case:
    """A page, and seeds: each of a value for a widget that the page turns out to have."""

    page: str
    query: dict[str, str]
    seeds: tuple[int, ...]


def cases(generator: random.Random) -> Iterator[Case]:
    """Yield values for one to three widgets of a page, sent at once."""
    while True:
        page, query = generator.choice(QUERIES)
        yield Case(page, query, tuple(generator.getrandbits(32) for _ in range(generator.randint(1, 3))))


def _message(found: list[tuple[str, str]], generator: random.Random) -> WidgetState:
    """Return a value for one of the widgets, most often of its own type."""
    kind, identity = generator.choice(found)
    field = generator.choice(list(MAKERS))
    if kind in FIELDS and generator.random() < 0.8:
        field = FIELDS[kind]
    return message(identity, field, MAKERS[field](generator))


def _text(generator: random.Random) -> str:
    if generator.random() < 0.3:  # what a chart tells of a selection
        points = [{"customdata": hostile.value(generator), "x": hostile.leaf(generator)}]
        return json.dumps(
            {"selection": hostile.changed({"points": points, "box": [], "lasso": []}, generator)}
        )
    return generator.choice(hostile.TEXTS)


def _number(generator: random.Random) -> float:
    number = generator.choice(hostile.NUMBERS)
    return float(number)


def _whole(generator: random.Random) -> int:
    return min(max(generator.choice([n for n in hostile.NUMBERS if isinstance(n, int)]), -INT64), INT64 - 1)


def _file(generator: random.Random) -> dict[str, str]:
    return {"file_id": _text(generator), "name": _text(generator)}


MAKERS = {
    "string_value": _text,
    "string_array_value": lambda generator: [_text(generator) for _ in range(generator.randrange(4))],
    "double_value": _number,
    "double_array_value": lambda generator: [_number(generator) for _ in range(generator.randrange(4))],
    "int_value": _whole,
    "int_array_value": lambda generator: [_whole(generator) for _ in range(generator.randrange(4))],
    "bool_value": lambda generator: generator.random() < 0.5,
    "trigger_value": lambda generator: True,
    "json_value": lambda generator: json.dumps(hostile.value(generator)),
    "json_trigger_value": lambda generator: json.dumps(hostile.value(generator)),
    "bytes_value": lambda generator: generator.randbytes(generator.randrange(9)),
    "file_uploader_state_value": _file,
}
"""{field of the protocol's message: function that makes a value for it}."""

FIELDS = {
    "button": "trigger_value",
    "button_group": "string_array_value",
    "number_input": "double_value",
    "plotly_chart": "string_value",
    "selectbox": "string_value",
    "text_area": "string_value",
    "toggle": "bool_value",
}
"""The field that a widget of each type is sent in."""


def message(identity: str, field: str, value: Any) -> WidgetState:
    """Return the protocol's message that sets a widget to a value."""
    state = WidgetState(id=identity)
    if field == "file_uploader_state_value":
        state.file_uploader_state_value.uploaded_file_info.add(size=9, **value)
    elif field.endswith("_array_value"):
        getattr(state, field).SetInParent()
        getattr(state, field).data.extend(value)
    else:
        setattr(state, field, value)
    return state


def check(case: Case) -> str | None:
    """Send the values; what is impossible counts as not chosen, or is refused in a sentence."""
    os.environ["CNNVIZ_HOSTED"] = "1"  # the button that starts a training is one of the widgets
    app = visit(case.page, case.query)
    outcome(app)
    found = widgets(app)
    sent = [_message(found, random.Random(seed)) for seed in case.seeds]
    try:
        send(app, sent)
        refused = outcome(app, forged=True)
        app.run()
        return outcome(app, forged=True) or refused
    except Exception as error:
        error.add_note(f"sent: {sent}")
        raise

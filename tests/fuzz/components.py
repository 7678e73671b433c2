"""What a component tells Python: its values, changed or replaced, as state and as trigger."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.fuzz import hostile
from tests.fuzz.visitor import identities, outcome, send, state, trigger, visit

PLACE = {"at": [3, 4, 0], "time": 1_700_000_000_000}
OPEN = {"layer": "conv1", "map": 3, "row": 7, "col": 9}
REST = {
    "cell": [3, 4],
    "across": 8.5,
    "channel": "red",
    "unit": "byte",
    "plain": False,
    "time": 1_700_000_000_000,
}
SETTLED = {"step": 0, "filter": 3, "relu": True, "scale": "moment"}
BLOCK = {"kind": "conv", "filters": 4, "size": 3, "stride": 1, "padding": "same", "bias": True}
EDIT = {"number": 1_700_000_000_000, "blocks": [BLOCK, {"kind": "relu"}]}
TOLD = {"layer": "dense1", "unit": 3, "entry": 17, "temperature": 1.5}


@dataclass(frozen=True)
class Mounted:
    """A component on a page, and well-formed examples of all that it tells."""

    page: str
    key: str
    values: dict[str, Any]
    query: dict[str, str] = field(default_factory=dict)


MOUNTED = (
    Mounted("network", "grid", {"open": OPEN, "scale": "map"}),
    Mounted("network", "thumbnails_sample", {"pick": 3}),
    Mounted("network", "document", {}),
    Mounted("convolution", "stepper_conv", {"place": PLACE}),
    Mounted("pooling", "stepper_max", {"place": PLACE}),
    Mounted("relu", "stepper_relu", {"place": PLACE}),
    Mounted("dense", "dense_view", {"told": TOLD}),
    Mounted("comparison", "comparison_shifts", {"place": {"dx": 2, "dy": -1, "watched": 3}}),
    Mounted("comparison", "pixel_numbers", {"rest": REST}),
    Mounted("builder", "builder_editor", {"edit": EDIT}),
    Mounted("builder", "builder_grid", {"open": OPEN, "scale": "map"}),
    Mounted("learning", "learning_view", {"place": SETTLED}),
    Mounted("data", "gallery_sample", {"pick": 12}),
    Mounted("data", "pixel_numbers", {"rest": REST}, {"data_view": "numbers"}),
    Mounted(
        "data", "reshape_slip", {"rest": {"side": "wrong", "cell": [3, 4], "time": 1}}, {"data_view": "order"}
    ),
    Mounted("convolution", "lecture_keys", {"go": "dot", "leave": True}, {"lecture": "region"}),
    Mounted("convolution", "stepper_conv", {"place": PLACE}, {"lecture": "region"}),
)


@dataclass(frozen=True)
class Case:
    """What is sent, one message after the other: (whether with setTriggerValue, the values)."""

    mounted: Mounted
    messages: tuple[tuple[bool, Any], ...]


def cases(generator: random.Random) -> Iterator[Case]:
    """Yield one or two messages of a component; an example, most often changed, or anything at all."""
    while True:
        mounted = generator.choice(MOUNTED)
        messages = tuple(
            (generator.random() < 0.5, _values(mounted, generator)) for _ in range(generator.randint(1, 2))
        )
        yield Case(mounted, messages)


def _values(mounted: Mounted, generator: random.Random) -> Any:
    choice = generator.random()
    if choice < 0.1:
        return mounted.values
    if choice < 0.2 or not mounted.values:
        return {name: hostile.value(generator) for name in [*mounted.values, "more"]}
    name = generator.choice(list(mounted.values))
    return {name: hostile.changed(mounted.values[name], generator)}


def check(case: Case) -> str | None:
    """Send the messages; all that may come of a malformed one is nothing."""
    app = visit(case.mounted.page, case.mounted.query)
    outcome(app)
    identity = identities(app)[case.mounted.key]
    for triggered, values in case.messages:
        send(app, [(trigger if triggered else state)(identity, values)])
        outcome(app)
    app.run()  # what was sent as state is still there
    return outcome(app)

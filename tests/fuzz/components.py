"""Messages of components: their values, changed or replaced, as triggers and as what a browser keeps."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.fuzz import hostile
from tests.fuzz.visitor import identities, outcome, send, state, trigger, visit

CELL = {"cell": [3, 4], "channel": 0}
MAP_CELL = {"layer": "conv1", "map": 3, "row": 7, "col": 9}
STEM_CELL = {"layer": "stem_conv", "map": 3, "row": 7, "col": 9}
TARGET = {"page": "pooling", "query": "map=3&cell=4%2C5", "number": 2}
MAP_VIEW = {"open": ["0-2", "2-2"], "picked": 3}
PIXEL_VIEW = {"cell": [3, 4], "across": 8.5, "channel": "red", "unit": "byte", "plain": False}
MOMENT = {"step": 0, "filter": 3, "relu": True, "scale": "moment"}
BLOCK = {"kind": "conv", "filters": 4, "size": 3, "stride": 1, "padding": "same", "bias": True}
EXERCISE = {"kind": "next_cell", "level": 2, "seed": 7}
WALK = {"start": [0.1, -0.2], "rate": "large", "rule": "rmsprop", "steps": 7}
UNIT = {"layer": "dense1", "unit": 3, "entry": 17, "temperature": 1.5}


COMPONENTS = {
    "grid": "feature_grid",
    "builder_grid": "feature_grid",
    "thumbnails_sample": "picture_picker",
    "network_map_component": "network_map",
    "overview": "layer_overview",
    "stepper_conv": "stepper",
    "stepper_max": "stepper",
    "stepper_relu": "stepper",
    "comparison_shifts": "shifts",
    "builder_editor": "stack_editor",
    "back_maps": "gallery",
    "gallery_sample": "gallery",
    "augment_gallery": "gallery",
    "reasons_map": "heat_map",
    "reasons_fooling": "fooling_view",
    "reasons_ascent_steps": "ascent_view",
    "layer_batch_view": "batch_view",
    "exercises": "exercise_view",
    "worksheet": "exercise_view",
    "predict": "exercise_view",
}
"""What the component of a key is called, where that is not the key."""


@dataclass(frozen=True)
class Mounted:
    """A component on a page, and well-formed examples of all messages that it sends."""

    page: str
    key: str
    messages: dict[str, Any]
    query: dict[str, str] = field(default_factory=dict)

    @property
    def component(self) -> str:
        return COMPONENTS.get(self.key, self.key)


MOUNTED = (
    Mounted("network", "grid", {"cell": MAP_CELL, "scale": "map", "ask": False, "journey": False}),
    Mounted("network", "thumbnails_sample", {"selection": 3, "own": True}),
    Mounted("network", "document", {}),
    Mounted(
        "network",
        "network_map_component",
        {"selection": MAP_VIEW, "layer": 3},
        {"network_map_layer": "conv1"},
    ),
    Mounted(
        "network",
        "overview",
        {"selection": {"cell": STEM_CELL}, "cell": STEM_CELL},
        {"model": "efficientnet_lite0"},
    ),
    Mounted("network", "room", {"follow": TARGET, "leave": True}),
    Mounted("convolution", "stepper_conv", {"selection": CELL}),
    Mounted("pooling", "stepper_max", {"selection": CELL}),
    Mounted("relu", "stepper_relu", {"selection": CELL}),
    Mounted("dense", "dense_view", {"selection": UNIT}),
    Mounted("comparison", "comparison_shifts", {"selection": {"dx": 2, "dy": -1, "watched": 3}}),
    Mounted("comparison", "pixel_numbers", {"selection": PIXEL_VIEW}),
    Mounted("builder", "builder_editor", {"stack": {"blocks": [BLOCK, {"kind": "relu"}]}}),
    Mounted("builder", "builder_grid", {"cell": MAP_CELL, "scale": "map"}),
    Mounted("learning", "learning_view", {"selection": MOMENT}),
    Mounted("backpropagation", "weight_gradient", {"selection": {"weight": [1, 2], "position": [3, 4]}}),
    Mounted("backpropagation", "back_maps", {"selection": 3}),
    Mounted("loss", "loss_view", {"selection": {"p": 0.62}}),
    Mounted("why_relu", "playground", {"selection": {"kind": "xor", "seed": 3, "steps": 120}}),
    Mounted("optimisers", "descent", {"selection": WALK}),
    Mounted("reasons", "reasons_map", {"selection": {"row": 3, "col": 4, "opacity": 60, "target": 8}}),
    Mounted(
        "reasons", "reasons_fooling", {"selection": {"size": 8, "toward": 8}}, {"reasons_view": "fooling"}
    ),
    Mounted("reasons", "reasons_ascent_steps", {"selection": {"picture": 3}}, {"reasons_view": "filters"}),
    Mounted(
        "layer",
        "layer_batch_view",
        {"selection": {"way": "inference", "stage": "scale", "cell": [1, 3, 4]}},
        {"model": "resnet", "layer_name": "conv1_norm", "layer_batch": "1"},
    ),
    Mounted("data", "gallery_sample", {"selection": 12}),
    Mounted("data", "pixel_numbers", {"selection": PIXEL_VIEW}, {"data_view": "numbers"}),
    Mounted("data", "reshape_slip", {"selection": {"side": "wrong", "cell": [3, 4]}}, {"data_view": "order"}),
    Mounted("data", "augment_gallery", {"selection": 12}, {"data_view": "augmentation"}),
    Mounted("exercises", "exercises", {"selection": EXERCISE, "open": EXERCISE}),
    Mounted("exercises", "worksheet", {"open": EXERCISE}, {"worksheet": "7~next_cell.1x2"}),
    Mounted("convolution", "predict", {"selection": EXERCISE, "open": EXERCISE}, {"predict": "next_cell"}),
    Mounted("convolution", "lecture_keys", {"step": "dot", "leave": True}, {"lecture": "region"}),
    Mounted("convolution", "stepper_conv", {"selection": CELL}, {"lecture": "region"}),
)


@dataclass(frozen=True)
class Case:
    """The messages in order: (whether with setTriggerValue, the values)."""

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
        return mounted.messages
    if choice < 0.2 or not mounted.messages:
        return {name: hostile.value(generator) for name in [*mounted.messages, "more"]}
    name = generator.choice(list(mounted.messages))
    return {name: hostile.changed(mounted.messages[name], generator)}


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

"""The payload of a heat map, and what comes back from the browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.components.heat_map import Selection, payload, read_selection
from cnnviz.errors import CnnvizError
from cnnviz.explain.attribution import registry
from cnnviz.explain.attribution.base import HeatMap
from tests.unpack import unpack

IMAGE = samples().images[0]
METHOD = registry.get("grad_cam")
FOUND = HeatMap(
    "grad_cam",
    np.arange(4, dtype=np.float32).reshape(2, 2),
    {"maps": np.ones((3, 2, 2), np.float32), "weights": np.ones(3, np.float32)},
)
PLACE = Selection(1, 0, 60, 3)


def unpacked(found: HeatMap | None) -> dict[str, Any]:
    content = payload(
        IMAGE,
        METHOD,
        found,
        probabilities=np.full(10, 0.1, np.float32),
        class_names=[f"class {k}" for k in range(10)],
        layer="Convolution 2",
        selection=PLACE,
        language="en",
    )
    header, arrays = unpack(content)
    return {**header, "arrays": arrays}


def test_the_payload_holds_the_map_and_its_parts() -> None:
    header = unpacked(FOUND)
    np.testing.assert_array_equal(header["arrays"]["picture"], IMAGE)
    np.testing.assert_array_equal(header["arrays"]["values"], FOUND.values)
    np.testing.assert_array_equal(header["arrays"]["maps"], FOUND.parts["maps"])
    assert header["selection"] == {"row": 1, "col": 0, "opacity": 60, "target": 3}
    assert (header["method"], header["signed"], header["layer"]) == ("grad_cam", False, "Convolution 2")


def test_the_digest_changes_with_the_map() -> None:
    waiting, first = unpacked(None), unpacked(FOUND)
    assert set(waiting["arrays"]) == {"picture"}
    other = unpacked(replace(FOUND, values=FOUND.values + 1))
    assert len({one["digest"] for one in (waiting, first, other)}) == 3
    assert unpacked(FOUND)["digest"] == first["digest"]


def test_a_selection_is_read() -> None:
    assert read_selection({"row": 1, "col": 0, "opacity": 60, "target": 3}, 10) == PLACE


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        {"row": -1, "col": 0, "opacity": 60, "target": 3},
        {"row": 0, "col": 1.5, "opacity": 60, "target": 3},
        {"row": 0, "col": 0, "opacity": 101, "target": 3},
        {"row": 0, "col": 0, "opacity": 60, "target": 10},
    ],
)
def test_what_is_no_selection_is_refused(wrong: Any) -> None:
    with pytest.raises(CnnvizError):
        read_selection(wrong, 10)

"""The payload of a network's map, and its messages."""

from __future__ import annotations

from typing import Any

import pytest

from cnnviz import CnnvizError
from cnnviz.components.network_map import View, ids_of, payload, read_view
from cnnviz.networks import zoo
from tests.unpack import unpack

RESNET = zoo.get("resnet").graph
NAMES = [info.name for info in RESNET]


def numbers(parts: list[Any]) -> list[int]:
    return [n for part in parts for n in (numbers(part["parts"]) if isinstance(part, dict) else [part])]


@pytest.mark.parametrize("name", ["resnet", "efficientnet_lite0", "keras_lecture"])
def test_payload_has_each_layer_once(name: str) -> None:
    graph = zoo.get(name).graph
    content = payload(graph, "ko")
    header, _ = unpack(content)
    assert sorted(numbers(header["parts"])) == list(range(len(graph.layers)))
    indices = {info.name: k for k, info in enumerate(graph)}
    for described, info in zip(header["layers"], graph, strict=True):
        assert described["inputs"] == [indices.get(source, -1) for source in info.inputs]
        assert described["parameters"] == info.total_parameters
        assert tuple(described["shape"]) == info.output_shape
    assert len(content) < 300 * len(graph.layers) + 4000  # bytes


def test_titles_are_in_the_language() -> None:
    titles = {
        language: [
            part["title"] for part in unpack(payload(RESNET, language))[0]["parts"] if isinstance(part, dict)
        ]
        for language in ("en", "ko")
    }
    assert titles["en"][:2] == ["Convolution 1", "block1"]
    assert titles["ko"][:2] == ["합성곱 1", "block1"]


def test_view_changes_no_digest() -> None:
    bare, _ = unpack(payload(RESNET, "en"))
    opened, _ = unpack(payload(RESNET, "en", view=View(("3-7",), "block1_add")))
    assert bare["digest"] == opened["digest"]
    assert (bare["open"], bare["picked"]) == ([], None)
    assert (opened["open"], opened["picked"]) == (["3-7"], NAMES.index("block1_add"))


def test_view_of_the_browser_is_read() -> None:
    found = read_view({"open": ["3-7", "0-3"], "picked": 2}, NAMES)
    assert found == View(("3-7", "0-3"), NAMES[2])
    assert read_view({"open": [], "picked": None}, NAMES) == View((), "")
    assert {"0-3", "3-7"} <= ids_of(RESNET)


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"open": "3-7", "picked": None},
        {"open": [3], "picked": None},
        {"open": ["<b>"], "picked": None},
        {"open": ["1-2"] * 2000, "picked": None},
        {"open": [], "picked": len(NAMES)},
        {"open": [], "picked": 1.5},
    ],
)
def test_what_is_malformed_is_refused(value: Any) -> None:
    with pytest.raises(CnnvizError):
        read_view(value, NAMES)

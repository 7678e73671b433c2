"""The payload of the overview of a large network."""

from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnviz import samples
from cnnviz.components.feature_grid import DrillDown
from cnnviz.components.layer_overview import payload
from cnnviz.data.imagenet import IMAGENET
from cnnviz.explain.overview import Thumbnails, chain_ends
from cnnviz.networks.efficientnet import lite0
from cnnviz.text import section
from tests.unpack import unpack

GRAPH = lite0()
IMAGE = samples("imagenet").images[0]
NAMES = samples("imagenet").names
ANSWER = np.full(1000, 0.0005, np.float32)
ANSWER[[285, 967, 7]] = 0.3, 0.15, 0.05


def overview_payload(**changes: Any) -> bytes:
    codes = np.arange(6 * 4 * 4, dtype=np.uint8).reshape(6, 4, 4)
    shown = {name: Thumbnails(np.arange(1, 7), codes, 2.5) for name in chain_ends(GRAPH)}
    vectors = {
        "global_pool": np.ones(1280, np.float32),
        "logits": -np.ones(1000, np.float32),
        "softmax": ANSWER,
    }
    arguments = {
        "class_names": NAMES,
        "true_label": None,
        "addresses": {"pictures": "/p", "values": "/v", "cells": "/c"},
        "drill": DrillDown({}, IMAGENET.preprocessing),
        "language": "en",
        **changes,
    }
    return payload(shown, vectors, GRAPH.layers, IMAGE, **arguments)


def packed(**changes: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return unpack(zlib.decompress(overview_payload(**changes)))


def test_every_drawn_layer_is_there() -> None:
    header, arrays = packed()
    entries = {entry["name"]: entry for entry in header["layers"]}
    assert [*entries] == [info.name for info in GRAPH if info.drawn]
    stem = entries["stem_conv"]
    assert (stem["shape"], stem["maps"], stem["full"]) == ([112, 112, 32], [1, 2, 3, 4, 5, 6], 2.5)
    assert stem["field"]["size"] == [3, 3]
    assert (entries["logits"]["shape"], entries["logits"]["maps"]) == ([1000], None)
    assert entries["logits"]["field"] is None
    np.testing.assert_array_equal(arrays["softmax"], ANSWER)
    assert entries["softmax"]["strongest"] == 285  # where it opens
    assert arrays["stem_conv"].dtype == np.uint8
    takes = [
        [header["layers"][k]["name"] for k in entry["takes"] if k is not None] for entry in header["layers"]
    ]
    assert takes[:2] == [[], ["stem_conv"]]
    assert takes[[*entries].index("block2_add")] == ["block2_project_bn", "block1_project_bn"]
    assert takes[[*entries].index("logits")] == ["global_pool"]  # dropout is not drawn


def test_what_a_drill_down_says_is_there() -> None:
    header, _ = packed(language="ko")
    assert (header["drill"]["mean"], header["drill"]["divisor"], header["drill"]["open"]) == (
        [127] * 3,
        1,
        False,
    )
    kinds = {info.kind for info in GRAPH if f"about_{info.kind}" in section("feature_grid", "ko")}
    assert {"at_cell", "at_unit", "about_other", *(f"about_{kind}" for kind in kinds)} <= set(header["words"])
    assert header["class_names"] == list(NAMES)


def test_the_image_arrives_exactly() -> None:
    _, arrays = packed()
    picture = Image.open(io.BytesIO(arrays["picture"].tobytes()))
    np.testing.assert_array_equal(np.asarray(picture), IMAGE)


def test_the_most_probable_classes_are_named() -> None:
    best = packed(true_label=967)[0]["best"]
    assert [entry["name"] for entry in best[:3]] == ["Egyptian cat", "espresso", NAMES[7]]
    assert [entry["share"] for entry in best[:2]] == pytest.approx([0.3, 0.15])
    assert [entry["true"] for entry in best] == [False, True, False, False, False]


def test_it_says_what_a_depthwise_convolution_saves_and_what_a_skip_connection_brings() -> None:
    entries = {entry["name"]: entry for entry in packed()[0]["layers"]}
    assert "864 weights" in entries["block1_depthwise_conv"]["more"]
    assert "82,944" in entries["block1_depthwise_conv"]["more"]
    assert entries["block1_depthwise_bn"]["more"] == ""
    source = entries["block1_project_bn"]["title"]
    assert entries["block2_add"]["more"] == f"{source} comes here by a skip connection, past 8 layers."


def test_another_picture_or_another_answer_has_another_digest() -> None:
    digests = {packed()[0]["digest"], packed(language="ko")[0]["digest"]}
    assert len(digests) == 1
    ANSWER[3] += 0.001
    assert packed()[0]["digest"] not in digests

"""Files that the overview of a large network fetches over HTTP."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.explain.overview import LEVELS, ZERO
from cnnviz.networks.network import forward, read_weights
from cnnviz.pages.map_files import MAX_PICTURES, ROOM, addresses
from tests.protocol.test_drill_files import ask
from tests.unpack import unpack

NAME = "efficientnet_lite0"
PICTURES, VALUES, CELLS = (addresses(NAME)[sort] for sort in ("pictures", "values", "cells"))
IMAGE = samples("imagenet").images[1]
BODY = IMAGE.tobytes()


@pytest.fixture(scope="module")
def wanted() -> dict[str, np.ndarray]:
    return forward(NAME, read_weights(NAME)[0], IMAGE)


def test_the_numbers_of_a_map_are_exact(server: str, wanted: dict[str, np.ndarray]) -> None:
    status, content, kept = ask(f"{server}{VALUES}/stem_relu6/7", BODY)
    assert (status, kept) == (200, "no-store")
    _, arrays = unpack(gzip.decompress(content))
    np.testing.assert_allclose(arrays["values"], wanted["stem_relu6"][..., 7], atol=1e-4)


def test_a_layers_maps_are_pictures_a_page_at_a_time(server: str, wanted: dict[str, np.ndarray]) -> None:
    status, content, _ = ask(f"{server}{PICTURES}/head_relu6/1248", BODY)
    assert status == 200
    arrays = unpack(gzip.decompress(content))[1]
    assert arrays["codes"].shape == (32, 7, 7)  # the last of 1,280
    shares = (arrays["codes"].astype(float) - ZERO) / LEVELS
    own = wanted["head_relu6"][..., 1248:].transpose(2, 0, 1)
    below = own < 0.9 * own.max()  # not clipped
    full = (own[below] / shares[below].clip(1e-3)).max() if shares[below].any() else 1
    assert np.isfinite(full)
    some = ask(f"{server}{PICTURES}/head_relu6?map=1279&map=1250", BODY)[1]
    np.testing.assert_array_equal(unpack(gzip.decompress(some))[1]["codes"], arrays["codes"][[31, 2]])
    status, content, _ = ask(f"{server}{PICTURES}/stem_conv/0", BODY)
    codes = unpack(gzip.decompress(content))[1]["codes"]
    assert (len(codes), max(codes.shape[1:])) == (min(32, MAX_PICTURES), 56)
    assert len(content) < 150_000


@pytest.mark.parametrize(
    ("layer", "map_", "row", "col"),
    [
        ("block1_expand_conv", 40, 55, 111),  # all 16 maps, at the corner
        ("block3_depthwise_conv", 7, 0, 9),  # one map, 5x5, partly in the padding
        ("block2_project_bn", 3, 20, 20),
        ("block2_add", 3, 20, 20),  # one map of each of two layers
    ],
)
def test_a_cell_comes_with_all_that_it_is_made_of(
    server: str, wanted: dict[str, np.ndarray], layer: str, map_: int, row: int, col: int
) -> None:
    status, content, kept = ask(f"{server}{CELLS}/{layer}/{map_}/{row}/{col}", BODY)
    assert (status, kept) == (200, "no-store")
    assert len(content) < 4 * ROOM
    header, arrays = unpack(gzip.decompress(content))
    op = header["op"]
    kernel = arrays["kernel"][0].astype(np.float64) if "kernel" in arrays else np.ones((1, 1, 1))
    total = float(arrays["bias"][0]) if "bias" in arrays else 0.0
    for k, entry in enumerate(header["inputs"]):
        part = arrays[str(k)]
        rows, cols = (
            op["start"][axis] + at * op["stride"][axis] + np.arange(op["size"][axis])
            for axis, at in enumerate((row, col))
        )
        for a, y in enumerate(rows - entry["top"]):
            for b, x in enumerate(cols - entry["left"]):
                if 0 <= y < part.shape[1] and 0 <= x < part.shape[2]:
                    total += float(part[:, y, x] @ kernel[a, b])
    assert total == pytest.approx(float(wanted[layer][row, col, map_]), abs=1e-3)


def test_a_vectors_cell_is_its_number_and_the_picture_stays_in_the_browser(server: str) -> None:
    header, arrays = unpack(gzip.decompress(ask(f"{server}{CELLS}/global_pool/0/0/1279", BODY)[1]))
    assert (header["op"]["operation"], header["inputs"][0]["map"]) == ("average", 1279)
    assert arrays["0"].shape == (1, 7, 7)
    header, arrays = unpack(gzip.decompress(ask(f"{server}{CELLS}/logits/0/0/967", BODY)[1]))
    assert arrays["kernel"].size == 1280
    header, arrays = unpack(gzip.decompress(ask(f"{server}{CELLS}/stem_conv/31/111/0", BODY)[1]))
    assert ("0" in arrays, header["inputs"]) == (False, [{"limit": 1.0, "signed": True}])


@pytest.mark.parametrize(
    ("address", "body"),
    [
        (f"{VALUES}/stem_relu6/32", BODY),
        (f"{VALUES}/logits/0", BODY),
        (f"{VALUES}/nothing/0", BODY),
        (f"{CELLS}/stem_relu6/0/112/0", BODY),
        (f"{CELLS}/softmax/0/0/1000", BODY),
        (f"{CELLS}/dropout/0/0/0", BODY),
        (f"{PICTURES}/stem_relu6?map=-1", BODY),
        (f"{PICTURES}/stem_relu6", BODY),
        (f"{PICTURES}/logits?map=0", BODY),
        (f"{PICTURES}/head_relu6?{'&'.join(f'map={k}' for k in range(MAX_PICTURES + 1))}", BODY),
        (f"{PICTURES}/stem_relu6/32", BODY),
        (f"{PICTURES[:-1]}x/stem_relu6/0", BODY),
        ("/cnnviz/values/nobody/0/stem_relu6/0", BODY),
        (f"{VALUES}/stem_relu6/0", BODY[:-1]),
        (f"{VALUES}/stem_relu6/0", BODY + b"\0"),
    ],
)
def test_what_is_not_there_is_refused(server: str, address: str, body: bytes) -> None:
    status, content, _ = ask(f"{server}{address}", body)
    assert status in (400, 404)
    assert b"Traceback" not in content

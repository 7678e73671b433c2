"""What the overview of a large network fetches over HTTP."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.explain.overview import LEVELS, ZERO
from cnnviz.networks.network import forward, read_weights
from cnnviz.pages.map_files import MAX_PICTURES, addresses
from tests.protocol.test_drill_files import ask
from tests.unpack import unpack

NAME = "efficientnet_lite0"
PICTURES, VALUES = addresses(NAME)
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
    header, arrays = unpack(gzip.decompress(content))
    assert (header["first"], arrays["codes"].shape) == (1248, (32, 7, 7))  # the last of 1,280
    shares = (arrays["codes"].astype(float) - ZERO) / LEVELS
    own = wanted["head_relu6"][..., 1248:].transpose(2, 0, 1)
    np.testing.assert_allclose(arrays["range"][:, 1], own.max(axis=(1, 2)), atol=1e-3)
    below = own < 0.9 * own.max()  # not clipped
    full = (own[below] / shares[below].clip(1e-3)).max() if shares[below].any() else 1
    assert np.isfinite(full)
    status, content, _ = ask(f"{server}{PICTURES}/stem_conv/0", BODY)
    codes = unpack(gzip.decompress(content))[1]["codes"]
    assert (len(codes), max(codes.shape[1:])) == (min(32, MAX_PICTURES), 56)
    assert len(content) < 150_000


@pytest.mark.parametrize(
    ("address", "body"),
    [
        (f"{VALUES}/stem_relu6/32", BODY),
        (f"{VALUES}/logits/0", BODY),
        (f"{VALUES}/nothing/0", BODY),
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

"""Files that a drill-down fetches over HTTP."""

from __future__ import annotations

import urllib.error
import urllib.request
from math import prod

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.networks import zoo
from cnnviz.networks.network import forward, read_weights
from cnnviz.pages.drill_files import addresses
from tests.unpack import unpack

KERNELS, MAPS = addresses("keras_lecture")
LARGE_KERNELS, LARGE_MAPS = addresses("efficientnet_lite0")
LARGE = zoo.get("efficientnet_lite0").graph


def ask(address: str, body: bytes | None = None) -> tuple[int, bytes, str]:
    """Return the status, the content, and how long it may be kept."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, body), timeout=120) as answer:
            return answer.status, answer.read(), answer.headers["Cache-Control"]
    except urllib.error.HTTPError as error:
        return error.code, error.read(), ""


def test_kernels_are_the_networks_own_and_are_kept(server: str) -> None:
    weights = read_weights("keras_lecture")[0]
    status, content, kept = ask(f"{server}{KERNELS}/conv2")
    assert (status, kept) == (200, "public, max-age=31536000, immutable")
    header, arrays = unpack(content)
    assert header["first"] == 0
    np.testing.assert_array_equal(np.moveaxis(arrays["kernel"], 0, -1), weights["conv2.kernel"])
    np.testing.assert_array_equal(arrays["bias"], weights["conv2.bias"])


def test_of_a_large_layer_each_number_has_a_file(server: str) -> None:
    weights = read_weights("keras_lecture")[0]
    status, content, _ = ask(f"{server}{KERNELS}/dense1/7")
    assert status == 200
    header, arrays = unpack(content)
    assert header["first"] == 7
    assert arrays["kernel"].shape == (1, 16, 16, 32)
    np.testing.assert_array_equal(arrays["kernel"].ravel(), weights["dense1.kernel"][:, 7])
    assert len(content) < 20_000


def test_maps_are_exact(server: str) -> None:
    image = samples().images[3]
    status, content, kept = ask(f"{server}{MAPS}?layer=conv1&layer=dense2", image.tobytes())
    assert (status, kept) == (200, "no-store")
    _, arrays = unpack(content)
    wanted = forward("keras_lecture", read_weights("keras_lecture")[0], image)
    np.testing.assert_allclose(np.moveaxis(arrays["conv1"], 0, -1), wanted["conv1"], atol=1e-5)
    np.testing.assert_allclose(arrays["dense2"], wanted["dense2"], atol=1e-3)


@pytest.mark.parametrize(
    ("address", "body"),
    [
        (f"{KERNELS}/conv9", None),
        (f"{KERNELS}/pool1", None),
        (f"{KERNELS}/dense1/512", None),
        (f"{KERNELS[:-1]}x/conv1", None),
        ("/cnnviz/kernels/nobody/0/conv1", None),
        ("/cnnviz/kernels/..%2f..%2fapp/0/conv1", None),
        (f"{MAPS}?layer=conv9", b"\0" * 3072),
        (f"{MAPS}?layer=conv1", b"\0" * 3071),
        (f"{MAPS}?layer=conv1", b"\0" * 100_000),
        (f"{MAPS}?{'layer=conv1&' * 13}", b"\0" * 3072),
        (f"{LARGE_KERNELS}/{LARGE.layers[0].name}", None),
        (f"{LARGE_MAPS}?layer={LARGE.layers[0].name}", bytes(prod(LARGE.input_shape))),
    ],
)
def test_what_is_not_there_is_refused(server: str, address: str, body: bytes | None) -> None:
    status, content, _ = ask(f"{server}{address}", body)
    assert status in (400, 404)
    assert b"Traceback" not in content

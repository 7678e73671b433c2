"""What the feature grid makes of its payload, in Chromium."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page

from cnnviz.arithmetic.ops import max_pool
from cnnviz.arithmetic.window import Window
from cnnviz.components.map_coding import LARGEST, encode
from tests.browser.conftest import load_modules

DECODED = """([bits, lows, widths, parts, size]) => {
  const [b, w, p] = [bits, widths, parts].map((bytes) => Uint8Array.from(bytes));
  return [...decode(b, Int32Array.from(lows), w, p, size)];
}"""


@pytest.fixture
def modules(page: Page) -> Page:
    """Return a page that has the grid's own functions."""
    page.set_content("<main></main>")
    load_modules(page, "feature_grid/coding.js", "feature_grid/words.js")
    return page


def values() -> np.ndarray:
    """Return float32 of all sizes that are written in different ways, [7, 16, 16], zeros among them.

    Whole numbers are not: of those that travel, only 0 is known as such, and 11 reads "11.0".
    """
    sizes = 10.0 ** np.random.default_rng(0).uniform(-8, np.log10(LARGEST), (7, 16, 16))
    signs = np.random.default_rng(1).choice([-1, 0, 1], sizes.shape, p=(0.45, 0.1, 0.45))
    for k, largest in enumerate((20.01, 0.31, 0.02)):
        sizes[k] = np.linspace(0.0001, largest, 256).reshape(16, 16)
    return (signs * sizes).astype(np.float32)


def test_every_number_reads_as_the_float32_that_was_computed(modules: Page) -> None:
    maps = values()
    coded = encode(maps)
    decoded = modules.evaluate(DECODED, [*(part.tolist() for part in coded), maps[0].size])
    written = "(values) => values.map(precise)"
    wanted = modules.evaluate(written, maps.ravel().tolist())
    assert modules.evaluate(written, decoded) == wanted
    for value, text in zip(
        maps.ravel().tolist(), wanted, strict=True
    ):  # and that is the number itself, rounded
        if "≈" not in text:
            digits = len(text.partition(".")[2])
            assert abs(float(text.replace("−", "-")) - value) <= 0.5000001 * 10**-digits


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), ((1, 3), (2, 1))])
def test_max_pooling_as_in_python(modules: Page, size: object, stride: object, padding: str) -> None:
    maps = values()[:3]
    window = Window(size, stride, padding)
    (top, _), (left, _) = window.pads((16, 16))
    wanted = np.moveaxis(max_pool(np.moveaxis(maps, 0, -1), size, stride=stride, padding=padding), -1, 0)
    found = modules.evaluate(
        "([values, ...rest]) => [...maxPool(Float32Array.from(values), [3, 16, 16], ...rest)]",
        [
            maps.ravel().tolist(),
            {"size": window.size, "stride": window.stride, "start": (-top, -left)},
            list(wanted.shape[1:]),
        ],
    )
    np.testing.assert_array_equal(np.float32(found).reshape(wanted.shape), wanted)

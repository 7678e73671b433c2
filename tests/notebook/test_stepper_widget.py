"""The stepper in a notebook: its arguments, and what Python reads of it and sets."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnviz import CnnvizError, conv2d, max_pool
from cnnviz.notebook import StepperWidget, stepper

X = np.arange(49.0).reshape(7, 7)
KERNEL = [[1.0, 0.0], [0.0, -1.0]]


@pytest.fixture(autouse=True)
def _close() -> Any:
    """Forget the widgets of a test: a notebook keeps them until its kernel ends."""
    yield
    StepperWidget.close_all()


def test_convolution_is_that_of_the_arguments() -> None:
    widget = stepper(X, KERNEL, 0.5, stride=2, padding="same")
    wanted = conv2d(X[..., None], np.array(KERNEL)[..., None, None], [0.5], stride=2, padding="same")
    np.testing.assert_array_equal(widget.output, wanted[..., 0].astype(np.float32))


def test_filter_and_its_bias_are_chosen() -> None:
    generator = np.random.default_rng(3)
    x, kernel, bias = generator.normal(size=(5, 6, 2)), generator.normal(size=(3, 3, 2, 4)), np.arange(4.0)
    widget = stepper(x, kernel, bias, filter=2)
    np.testing.assert_allclose(widget.output, conv2d(x, kernel, bias)[..., 2], rtol=1e-5)


def test_pooling_moves_by_its_size() -> None:
    widget = stepper(X, pool="max", size=3)
    np.testing.assert_array_equal(widget.output, max_pool(X[..., None], 3)[..., 0])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "`kernel` or `pool`"),
        ({"kernel": KERNEL, "pool": "max"}, "not both"),
        ({"pool": "min"}, '"max" or "average"'),
        ({"kernel": [[1.0], [2.0, 3.0]]}, "unequal length"),
        ({"kernel": np.zeros((2, 2, 1, 3)), "filter": 3}, r"0\.\.2"),
        ({"kernel": np.zeros((2, 2, 1, 3)), "bias": [0.0, 1.0]}, "`bias`"),
        ({"kernel": np.zeros(3)}, r"\[kh, kw\]"),
        ({"kernel": KERNEL, "cell": (6, 0)}, r"0\.\.5"),
        ({"kernel": KERNEL, "language": "fr"}, "one of en, ko"),
    ],
)
def test_bad_arguments_are_said(given: dict[str, Any], words: str) -> None:
    with pytest.raises(CnnvizError, match=words):
        stepper(X, **given)


def test_too_much_for_a_widget_is_said() -> None:
    with pytest.raises(CnnvizError, match="at most 6,000,000 bytes"):
        stepper(np.zeros((1300, 1300)), pool="max", size=100)


def test_what_the_browser_selects_is_what_python_reads() -> None:
    widget = stepper(X, KERNEL)
    widget.message = {"name": "selection", "value": {"cell": [2, 3], "channel": 0}}
    assert widget.cell == (2, 3)
    assert widget.value == widget.output[2, 3]


@pytest.mark.parametrize(
    "message",
    [
        {"name": "selection", "value": {"cell": [9, 9], "channel": 0}},
        {"name": "selection", "value": None},
        {"name": "other", "value": {"cell": [1, 1], "channel": 0}},
    ],
)
def test_what_is_malformed_selects_nothing(message: dict[str, Any]) -> None:
    widget = stepper(X, KERNEL, cell=(1, 2))
    widget.message = message
    assert widget.cell == (1, 2)


def test_python_moves_the_stepper_within_the_output() -> None:
    widget = stepper(X, KERNEL)
    widget.cell = (5, 5)
    assert widget.selection["cell"] == [5, 5]  # what the browser is told
    with pytest.raises(CnnvizError, match="`cell`"):
        widget.cell = (5, 6)
    assert widget.cell == (5, 5)


@pytest.mark.parametrize("size", [7, 300])
def test_a_picture_is_kept_in_the_notebook(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict[str, str]] = []
    monkeypatch.setattr("IPython.display.display", lambda data, **more: shown.append(data))
    widget = stepper(np.ones((size, size)), KERNEL)
    widget._ipython_display_()
    live, still = shown
    assert "application/vnd.jupyter.widget-view+json" in live
    assert f'class="{widget.still}"' in still["text/html"]
    assert "Convolution" in still["text/plain"]
    encoded = still["text/html"].partition("base64,")[2].partition('"')[0]
    image = Image.open(io.BytesIO(base64.b64decode(encoded)))
    assert image.width > 400
    assert len(image.convert("RGB").getcolors(10**6) or []) > 2  # something is drawn

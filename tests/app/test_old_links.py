"""Links that were made before the code was reorganised open the same views; see old_links.toml."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz import samples
from cnnviz.arithmetic import transform
from cnnviz.arithmetic.convolution import conv2d_step
from cnnviz.arithmetic.dense import dense
from cnnviz.arithmetic.kernels import parse_grid
from cnnviz.arithmetic.pooling import average_pool, max_pool
from cnnviz.networks import zoo
from cnnviz.networks.network import WEIGHTS, forward
from cnnviz.pages import model_cache
from cnnviz.pages.navigation import PAGES
from cnnviz.training import recording
from tests.app.test_pages import open_page
from tests.unpack import unpack

OLD: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("old_links.toml").read_text("utf-8"))[
    "link"
]
OLD_PAGES = {
    *("network", "lecture", "convolution", "pooling", "relu", "dense", "comparison", "architectures"),
    *("models", "builder", "training", "learning", "data", "code"),
}
"""The pages that there were then."""
PLAIN = "mlp"
GREY = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601

Shown = dict[str, tuple[dict[str, Any], dict[str, np.ndarray]]]


def shown(app: AppTest) -> Shown:
    """Return what each component was sent, {its key: (header, arrays)}; that of any stepper as "stepper"."""
    found = {}
    for element in app.get("bidi_component"):
        if element.proto.WhichOneof("data") == "bytes":
            key = element.proto.id.split("-", 2)[-1]
            found["stepper" if key.startswith("stepper_") else key] = unpack(element.proto.bytes)
    return found


def within(part: Any, whole: Any) -> bool:
    """Return whether `whole` has all that `part` has; a table may have more."""
    if isinstance(part, dict):
        return all(key in whole and within(value, whole[key]) for key, value in part.items())
    if isinstance(part, str) and isinstance(whole, str):
        whole = whole.replace("\N{NO-BREAK SPACE}", " ")  # names are not broken over lines
    return bool(part == whole)


def words(app: AppTest) -> str:
    kinds = (app.title, app.header, app.markdown, app.caption, app.latex, app.metric)
    written = [str(element.value) for kind in kinds for element in kind]
    return "\n".join(written + [table.value.to_string() for table in (*app.table, *app.dataframe)])


@pytest.mark.parametrize("old", [pytest.param(old, id=old["address"]) for old in OLD])
def test_an_old_link_opens_the_same_view(old: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    if old.get("hosted"):
        monkeypatch.setenv("CNNVIZ_HOSTED", "1")
    address = urlsplit(old["address"])
    query = dict(parse_qsl(address.query))
    app = open_page(address.path.strip("/") or PAGES[0], **query)
    assert not app.error
    assert not app.toast
    assert [title.value for title in app.title] == [old["title"]]
    controls = [*app.selectbox, *app.number_input, *app.text_area, *app.toggle, *app.get("button_group")]
    assert within(old["controls"], {control.key: control.value for control in controls})
    parts = shown(app)
    headers = {key: header for key, (header, _) in parts.items()}
    assert within(old.get("places", {}), headers)
    for text in old.get("text", ()):
        assert text in words(app)
    if "number" in old:
        model = old["controls"]["model"]
        number = old.get("picture", int(query.get("picture", "sample-0").removeprefix("sample-")))
        expected, seen = NUMBERS[old["number"]["kind"]](old["number"], model, number, parts, app)
        np.testing.assert_allclose(seen, expected, rtol=1e-5, atol=1e-4)


def test_there_are_sixty_of_them_of_every_page_in_both_languages() -> None:
    addresses = [old["address"] for old in OLD]
    assert len(set(addresses)) == len(addresses) >= 60
    assert {urlsplit(address).path.strip("/") or PAGES[0] for address in addresses} == OLD_PAGES <= set(PAGES)
    for part in ("lang=en", "lang=ko", "present=1", "lecture="):
        assert any(part in address for address in addresses)
    assert any(old.get("hosted") for old in OLD)


@cache
def picture(number: int) -> np.ndarray:
    return samples().images[number] / np.float32(255)


@cache
def activations(model: str, number: int) -> dict[str, np.ndarray]:
    return forward(model, model_cache.weights(model)[0], samples().images[number])


# what each kind of number is: (expected, seen on the screen)
Pair = tuple[Any, Any]


def stepped(parts: Shown, cell: list[int]) -> float:
    """Return the output that the stepper shows at the cell that it stands on."""
    header, arrays = parts["stepper"]
    assert header["cell"] == cell
    return float(arrays["output_0"][tuple(cell)])


def convolution(of: dict[str, Any], model: str, number: int, parts: Shown, _: AppTest) -> Pair:
    weights = model_cache.weights(model)[0]
    (source,) = zoo.get(model).graph.shown_inputs(of["layer"])
    x = activations(model, number).get(source)
    step = conv2d_step(
        picture(number) if x is None else x,
        weights[f"{of['layer']}.kernel"],
        weights.get(f"{of['layer']}.bias"),
        *of["cell"],
        of["map"],
        **window(of),
    )
    return step.value, stepped(parts, of["cell"])


def kernel(of: dict[str, Any], _model: str, number: int, parts: Shown, app: AppTest) -> Pair:
    grid = of.get("grid") or (
        parse_grid(app.text_area(key="numbers").value, smallest=2, largest=12)
        if of["input"] == "grid"
        else picture(number) @ GREY
    )
    x = picture(number) if of["input"] == "colour" else np.asarray(grid, float)[..., np.newaxis]
    weights = np.repeat(np.array(of["kernel"], float)[..., np.newaxis], x.shape[2], axis=2)[..., np.newaxis]
    step = conv2d_step(x, weights, None, *of["cell"], 0, **window(of))
    return step.value, stepped(parts, of["cell"])


def window(of: dict[str, Any]) -> dict[str, Any]:
    stride, padding = of.get("stride", 1), of.get("padding", "same")
    pairs = [tuple(each) if isinstance(each, list) else each for each in (stride, padding)]
    return {"stride": pairs[0], "padding": pairs[1], "dilation": of.get("dilation", 1)}


def pooling(of: dict[str, Any], model: str, number: int, parts: Shown, _: AppTest) -> Pair:
    x = activations(model, number)[of["of"]][..., of["map"], np.newaxis]
    settings = {"size": of.get("size", 2), "stride": of.get("stride"), "padding": of.get("padding", "valid")}
    row, col = of["cell"]
    pooled = [pool(x, **settings)[row, col, 0] for pool in (max_pool, average_pool)]
    assert parts["stepper"][0]["outputs"] == ["max", "average"]
    return pooled, [stepped(parts, of["cell"]), parts["stepper"][1]["output_1"][row, col]]


def relu(of: dict[str, Any], model: str, number: int, parts: Shown, _: AppTest) -> Pair:
    value = activations(model, number)[of["of"]][(*of["cell"], of["map"])]
    return max(0.0, float(value)), stepped(parts, of["cell"])


def fully_connected(of: dict[str, Any], model: str, number: int, parts: Shown, _app: AppTest) -> Pair:
    weights = model_cache.weights(model)[0]
    x = activations(model, number)[of["of"]].reshape(-1)
    scores = dense(x, weights[f"{of['layer']}.kernel"], weights.get(f"{of['layer']}.bias"))
    header, _ = parts["dense_view"]
    assert header["unit"] == of["unit"]
    return round(float(scores[of["unit"]]), header["digits"]), header["value"] / 10 ** header["digits"]


def answer(_: dict[str, Any], model: str, number: int, parts: Shown, _app: AppTest) -> Pair:
    return activations(model, number)["softmax"], parts["grid"][1]["softmax"]


def pixel(of: dict[str, Any], _model: str, number: int, parts: Shown, app: AppTest) -> Pair:
    values = samples().images[number][tuple(of["cell"])]
    for value in values:
        assert rf"{value} \div 255 = {value / 255:.4f}" in words(app)
    return values, parts["pixel_numbers"][1]["image"][tuple(of["cell"])]


def loss(_of: dict[str, Any], model: str, number: int, _parts: Shown, app: AppTest) -> Pair:
    likelihood = float(activations(model, number)["softmax"][samples().labels[number]])
    (formula,) = (latex.value for latex in app.latex)
    assert f"{likelihood:.4f}" in formula
    return round(-math.log(likelihood), 3), float(formula.strip("$\n").rpartition(" ")[2])


def slip(of: dict[str, Any], _model: str, number: int, parts: Shown, _: AppTest) -> Pair:
    image, place = samples().images[number], tuple(of["cell"])
    wrong = image.transpose(2, 0, 1).reshape(image.shape)
    arrays = parts["reshape_slip"][1]
    return [image[place], wrong[place]], [arrays["right"][place], arrays["wrong"][place]]


def shift(of: dict[str, Any], model: str, number: int, parts: Shown, _: AppTest) -> Pair:
    dx, dy = of["shift"]
    changes = transform.Edit(of.get("cut", 0), of.get("mirror", False))
    image = transform.shift(transform.edit(samples().images[number], changes), dx, dy)
    expected = [forward(name, model_cache.weights(name)[0], image)["softmax"] for name in (PLAIN, model)]
    middle = transform.MAX_SHIFT
    return expected, parts["comparison_shifts"][1]["probabilities"][:, middle + dy, middle + dx]


def learned(of: dict[str, Any], model: str, _number: int, parts: Shown, _: AppTest) -> Pair:
    """The length of a kernel at one moment of its training."""
    film = recording.read(model, WEIGHTS)
    moment = film.steps.tolist().index(of["step"])
    header, arrays = parts["learning_view"]
    assert header["moments"][moment]["step"] == of["step"]
    weights = film.weights[f"{of['layer']}.kernel"][moment, ..., of["map"]]
    return np.sqrt(np.square(weights).sum()), arrays["norms"][moment, of["map"]]


NUMBERS = {
    "answer": answer,
    "convolution": convolution,
    "dense": fully_connected,
    "kernel": kernel,
    "learned": learned,
    "loss": loss,
    "pixel": pixel,
    "pooling": pooling,
    "relu": relu,
    "shift": shift,
    "slip": slip,
}

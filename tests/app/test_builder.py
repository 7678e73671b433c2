"""The page builder: stacks to start from, links, stacks that cannot work, the two orders."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.networks import builder
from cnnviz.text import translate
from cnnviz.text.kinds import layer_names
from tests.app.test_pages import open_page, words
from tests.thorough import either


def stack_of(app: Any) -> str:
    """Return the stack that the page works with, as Keras code shows it."""
    return str(app.code[0].value)


@pytest.mark.parametrize(
    ("name", "language"),
    [(name, language) for turn, name in enumerate(builder.PRESETS) for language in either(turn)],
)
def test_every_start_can_be_loaded_and_goes_into_the_link(name: str, language: str) -> None:
    app = open_page("builder", builder_stack="r", lang=language)
    app.button(key=f"builder_start_{name}").click().run()
    assert not app.exception
    assert not app.error
    assert stack_of(app) == builder.keras_code(builder.PRESETS[name])
    default = next(iter(builder.PRESETS.values()))
    wanted = [] if builder.PRESETS[name] == default else [builder.write(builder.PRESETS[name])]
    assert [app.query_params[key] for key in app.query_params if key == "builder_stack"] == wanted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("r-" * 10_000, "stack_blocks"),
        ("합성곱-☃", "stack_text"),
        ("c-32k3", "stack_text"),
        ("c32k3s1same-r-m2-f-d99", None),
        ("c9999", "stack_number"),
        ("<script>alert(1)</script>", "stack_text"),
    ],
)
@pytest.mark.parametrize("language", either(1))
def test_a_link_that_is_no_stack_gets_one_sentence_and_the_default(
    text: str, reason: str | None, language: str
) -> None:
    app = open_page("builder", builder_stack=text, lang=language)
    assert [error.value for error in app.error] == (
        [translate(f"error.{reason}", language)] if reason else []
    )
    default = next(iter(builder.PRESETS.values()))
    assert stack_of(app) == builder.keras_code(default if reason else builder.parse(text))
    app.button(key="builder_start_mlp").click().run()
    assert not app.error


@pytest.mark.parametrize("text", ["", "m8-m8-m8", "x", "c128k11-c128k11", "f-c8", "o50", "m2-r"])
def test_any_stack_can_be_looked_at(text: str) -> None:
    app = open_page("builder", builder_stack=text, lang="en", builder_seed="17")
    assert not app.error
    stack = builder.parse(text)
    problem = builder.analyze(stack).problem
    assert bool(app.code) == (problem is None)
    assert app.number_input(key="builder_seed").value == 17
    named = builder.named_layers(stack)
    titles = layer_names({layer.name: layer.kind for layer in named}, "en")
    name = titles[named[problem.index].name] if problem else ""
    assert (translate("builder.code_later", "en", name=name) in words(app)) == (problem is not None)


def test_the_orders_are_compared_in_numbers() -> None:
    text = words(open_page("builder", builder_stack="c16-r-m2", lang="en"))
    assert "Max pooling: 0 of 4,096 values differ (largest difference 0)." in text
    found = re.search(
        r"Average pooling: ([\d,]+) of 4,096 values differ \(largest difference ([\d.]+)\)", text
    )
    assert found
    assert int(found[1].replace(",", "")) > 0
    assert float(found[2]) > 0
    assert translate("builder.order_none", "en") in words(
        open_page("builder", builder_stack="c16-r", lang="en")
    )
    same = words(open_page("builder", builder_stack="r-m2", lang="en"))  # a picture has no negative values
    assert "Average pooling: 0 of 768 values differ. No window holds values of both signs" in same


@pytest.mark.parametrize("library", ["numpy", "tensorflow", "keras"])
@pytest.mark.parametrize("language", either(0))
def test_a_block_has_code_that_computes_its_maps(library: str, language: str) -> None:
    stack, image = "c4-r-c4-add1-m2-f-d5", samples().images[2]
    choices = {"builder_stack": stack, "builder_seed": "3", "picture": "sample-2", "lang": language}
    app = open_page("builder", builder_code="add1", code_library=library, **choices)
    assert app.selectbox(key="builder_code").options[0] == translate("builder.code_whole", language)
    expected = builder.run(builder.parse(stack), 3, image)
    for name in ("add1", "dense1", "conv1"):
        app.selectbox(key="builder_code").set_value(name).run()
        assert app.query_params["builder_code"] == name
        exec(compile(app.code[0].value, "snippet", "exec"), names := dict[str, Any]())
        np.testing.assert_allclose(names["result"], expected[name], atol=1e-4)
        assert translate("code.fetches", language) in words(app)


@pytest.mark.parametrize("text", ["c4-r-d9", "m8-m8-m8"])
def test_blocks_before_the_one_that_breaks_a_stack_have_code(text: str) -> None:
    first = builder.named_layers(builder.parse(text))[0].name
    app = open_page("builder", builder_stack=text, builder_code=first, lang="en")
    assert "result = " in app.code[0].value
    broken = builder.named_layers(builder.parse(text))[2].name
    assert not open_page("builder", builder_stack=text, builder_code=broken, lang="en").code


@pytest.mark.parametrize("language", either(1))
def test_a_convolution_on_a_skip_connection_is_explained_with_its_numbers(language: str) -> None:
    stack = builder.parse("c16-r-c32k3s2same-add2convf32s2-r-c32-add2convbnf32-x")
    app = open_page("builder", builder_stack=builder.write(stack), lang=language)
    titles = layer_names({node.layer.name: node.layer.kind for node in builder.nodes(stack)}, language)
    first = translate(
        "builder.on_skip",
        language,
        target=titles["add1"],
        layer=titles["conv3"],
        before="32×32×16",
        after="16×16×32",
        made=32,
        maps=16,
        parameters="544",
    )
    said = [each.value for each in app.markdown]
    assert f"{first} {translate('builder.on_skip_stride', language, stride=2)}" in said
    assert any(titles["conv5"] in words and "1,024" in words for words in said)
    assert not app.exception
    name = "conv3"
    app.selectbox(key="builder_code").set_value(name).run()  # it has code as any other layer
    exec(compile(app.code[0].value, "snippet", "exec"), names := dict[str, Any]())
    expected = builder.run(stack, 0, samples().images[0])[name]
    np.testing.assert_allclose(names["result"], expected, atol=1e-4)


def test_a_stack_is_drawn_for_the_pictures_of_the_picked_network() -> None:
    for model, size in (("vgg", "32×32×3"), ("digits", "8×8×1")):
        app = open_page("builder", lang="en", model=model, builder_stack="c8k3s1same-r")
        drawn = json.loads(app.get("plotly_chart")[0].proto.spec)
        assert size in str(drawn)

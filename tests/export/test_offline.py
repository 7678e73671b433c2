"""The offline page: the whole scene, nothing from elsewhere, and no way out of it."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest

from cnnviz import CnnvizError, Window
from cnnviz.colours import SCALES, ScaleName, properties
from cnnviz.explain.payload import payload
from cnnviz.explain.scene import Scene, scene
from cnnviz.export.offline import page
from tests.scenes import pointwise

HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)">'


def blackboard() -> Scene:
    return scene(np.arange(25.0).reshape(5, 5, 1), Window(2), "conv", kernel=np.ones((2, 2, 1)))


def test_page_contains_the_stepper_payload() -> None:
    made = blackboard()
    text = page(made, language="ko", cell=(1, 2), input_name="숫자")
    (packed,) = re.findall(r'id="scene">([^<]*)<', text)
    wanted = payload(made, "ko", cell=(1, 2), input_name="숫자")
    assert base64.b64decode(packed) == wanted
    assert '<html lang="ko">' in text
    assert "<h1>합성곱</h1>" in text


def test_page_loads_nothing() -> None:
    text = page(blackboard(), language="en")
    addresses = set(re.findall(r"https?://[^\s\"'`)<]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # a name space, not a place
    assert not re.findall(r"<(?:link|iframe|img|object|embed)\b|@import|<script[^>]*\bsrc", text)
    assert "default-src 'none'" in text


def test_names_are_escaped() -> None:
    clean, hostile = (page(blackboard(), language="en", input_name=name) for name in ("x", HOSTILE))
    assert "alert" not in hostile
    assert hostile.count("<script") == clean.count("<script") == 2
    assert hostile.count("</script") == 2


@pytest.mark.parametrize(("theme", "dark"), [(None, 1), ("light", 0), ("dark", 1)])
def test_theme(theme: str | None, dark: int) -> None:
    text = page(blackboard(), language="en", theme=theme)  # type: ignore[arg-type]
    assert text.count("--st-background-color: #11141a") == dark
    assert text.count("--st-background-color: #ffffff") == (theme != "dark")
    assert ("@media (prefers-color-scheme: dark)" in text) == (theme is None)


@pytest.mark.parametrize("scale", SCALES)
def test_scale(scale: ScaleName) -> None:
    text = page(blackboard(), language="en", scale=scale)
    for name, value in properties(scale).items():
        assert text.count(f"{name}: {value};") == 1


def test_limits() -> None:
    image = np.zeros((224, 224, 1))
    assert len(page(pointwise(image), language="en")) < 2_000_000
    deep = scene(np.zeros((224, 224, 16)), Window(1), "conv", kernel=np.zeros((1, 1, 16)))
    with pytest.raises(
        CnnvizError, match=r"at most 6,000,000 bytes of numbers, and this input makes [\d,]{9}\."
    ) as raised:
        page(deep, language="en")
    assert raised.value.reason == "offline_bytes"
    with pytest.raises(CnnvizError, match="`theme` must be"):
        page(blackboard(), language="en", theme="pink")  # type: ignore[arg-type]

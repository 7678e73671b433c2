"""Numbers as a visitor reads them: what is neither none nor all never reads so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.text import LANGUAGES, section, topics
from cnnviz.text.rounding import percent, rounded

CNNVIZ = Path(__file__).resolve().parents[2] / "cnnviz"
INSIDE = st.floats(0, 1, exclude_min=True, exclude_max=True)


def read(written: str) -> float:
    return float(re.sub("[<>%,\N{NO-BREAK SPACE}]", "", written).replace("−", "-"))


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.5, "50.0%"),
        (0.99786, "99.8%"),  # keras_lecture's fully connected layers: 4,199,946 of 4,210,090 and less
        (0.9995, ">\N{NO-BREAK SPACE}99.9%"),
        (0.00049, "<\N{NO-BREAK SPACE}0.1%"),
        (1.0002, "<\N{NO-BREAK SPACE}100.1%"),
        (-0.0002, ">\N{NO-BREAK SPACE}−0.1%"),
        (-0.012, "−1.2%"),
        (float("nan"), "–"),
    ],
)
def test_shares(share: float, written: str) -> None:
    assert percent(share) == written


@given(INSIDE, st.integers(0, 6))
def test_percent_is_0_or_100_only_if_exact(share: float, decimals: int) -> None:
    written = percent(share, decimals)
    assert 0 < read(written) < 100
    assert abs(read(written) - 100 * share) <= 1.001 * 10**-decimals
    if ">" in written or "<" in written:
        assert (100 * share < read(written)) == ("<" in written)


@pytest.mark.parametrize("share", [0.0, 1.0, 1e-30, 0.5])
def test_softmax_probability_is_never_0_or_100_percent(share: float) -> None:
    assert percent(share, softmax=True) not in ("0%", "100%")


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_rounded_is_0_only_if_exact(value: float, decimals: int) -> None:
    assert (read(rounded(value, decimals)) == 0) == (value == 0)


def lines(*endings: str) -> dict[str, str]:
    """Return every line of the package's files of a kind, by key."""
    paths = [path for ending in endings for path in sorted(CNNVIZ.rglob(f"*.{ending}"))]
    return {
        f"{path.relative_to(CNNVIZ)}:{number}": line
        for path in paths
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
    }


def test_shares_are_written_by_one_module() -> None:
    # f"{...:.1f}%", "%{y:.1f}%", f"{share:.1%}", f"{100 * share:.1f}", `${x.toFixed(1)}%`
    on_the_spot = re.compile(r":,?\.\d[f%]\}\s?%|:\.\d%\}|\{100 \* [^}]*:[^}]*\.\df|toFixed\(\d\)\}\s?%")
    found = [key for key, line in lines("py", "js").items() if on_the_spot.search(line)]
    assert [key for key in found if not key.startswith("text/rounding.py")] == []


def texts() -> dict[str, str]:
    """Return every text of a visitor's, by key."""
    keys = [(topic, language) for topic in topics() for language in LANGUAGES]
    return lines("md") | {
        f"{topic}.{key} {language}": text
        for topic, language in keys
        for key, text in section(topic, language).items()
    }


def test_texts_do_not_add_a_percent_sign() -> None:
    # what is compared has it too: "> 99.9%"; "%p" are percentage points, a difference
    signed = re.compile(r"\{\w+\}\s?%(?!p)")
    assert [key for key, text in texts().items() if signed.search(text)] == []


def test_no_text_begins_with_a_share() -> None:
    # "> 99.9%" at the beginning would be a quotation in Markdown
    begins = re.compile(r"\{(percent|share|weights|\w+_percent|\w+_test|\w+_train)\}")
    assert [key for key, text in texts().items() if begins.match(text)] == []

"""Worksheets as a text and as a file: there and back, and whatever else is handed in gets one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.errors import CnnvizError
from cnnviz.explain import worksheet
from cnnviz.explain.exercises import registry
from cnnviz.explain.exercises.base import LEVELS
from cnnviz.explain.worksheet import (
    MAX_FILE_BYTES,
    MAX_QUESTIONS,
    MAX_SEED,
    Part,
    Question,
    Worksheet,
    from_file,
    read,
    to_file,
    write,
)

KINDS = [kind.name for kind in registry.kinds()]
PARTS = st.builds(Part, st.sampled_from(KINDS), st.sampled_from(LEVELS), st.integers(1, 5))
SHEETS = st.builds(Worksheet, st.integers(0, MAX_SEED), st.lists(PARTS, min_size=1, max_size=8).map(tuple))
ALMOST = st.from_regex(r"[0-9]{0,5}(~[a-z_]{0,12}\.?[0-9]{0,2}x?[0-9]{0,3}){0,3}", fullmatch=True)


def sheet_or_reason(make: Callable[[], Worksheet]) -> Worksheet | str:
    try:
        return make()
    except CnnvizError as error:
        return error.reason


@given(SHEETS)
def test_a_sheet_comes_back_from_its_link_and_its_file(sheet: Worksheet) -> None:
    assert read(write(sheet)) == sheet
    assert from_file(to_file(sheet, model="mlp", picture="sample-3")) == (sheet, "mlp", "sample-3")


@given(st.one_of(st.text(), ALMOST, SHEETS.map(lambda sheet: write(sheet)[:-1] + "9")))
def test_any_text_is_a_sheet_or_gets_the_sentence(text: str) -> None:
    found = sheet_or_reason(lambda: read(text))
    if isinstance(found, Worksheet):
        assert 1 <= len(found.questions()) <= MAX_QUESTIONS
        assert read(write(found)) == found
    else:
        assert found == "worksheet"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(KINDS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["kind", "level", "count", "seed", "exercises"]), inner)
    ),
    max_leaves=8,
)
ONE = {"kind": KINDS[0], "level": 1, "count": 1}
HEAD = {"format": worksheet.FORMAT, "version": 1}


def file_of(seed: Any, exercises: Any) -> bytes:
    return json.dumps(HEAD | {"seed": seed, "exercises": exercises}).encode()


@given(st.one_of(st.binary(), JSON.map(lambda value: json.dumps(value).encode())))
def test_any_file_is_a_sheet_or_gets_the_sentence(content: bytes) -> None:
    with pytest.raises(CnnvizError) as refused:
        from_file(content)
    assert refused.value.reason == "worksheet"


@given(st.fixed_dictionaries({"seed": JSON, "exercises": st.lists(JSON, max_size=3), "network": JSON}))
def test_a_file_of_the_format_with_anything_in_it_is_a_sheet_or_gets_the_sentence(
    content: dict[str, Any],
) -> None:
    found = sheet_or_reason(lambda: from_file(json.dumps(HEAD | content).encode())[0])
    assert found == "worksheet" or isinstance(found, Worksheet)


@pytest.mark.parametrize(
    "content",
    [
        b"x" * (MAX_FILE_BYTES + 1),
        b"[" * 15_000,
        b'{"seed": ' + b"9" * 9_000 + b"}",
        b"\xff\xfe{}",
        file_of(1, []),
        file_of(True, [ONE]),
        file_of(1, [{**ONE, "count": 41}]),
        file_of(1, [ONE] * 41),
    ],
)
def test_hostile_files_get_the_sentence(content: bytes) -> None:
    with pytest.raises(CnnvizError) as refused:
        from_file(content)
    assert refused.value.reason == "worksheet"
    assert len(str(refused.value)) < 200


def test_questions_are_numbered_through() -> None:
    sheet = Worksheet(7, (Part(KINDS[0], 1, 2), Part(KINDS[-1], 3, 1)))
    assert sheet.questions() == [
        Question(KINDS[0], 1, 7),
        Question(KINDS[0], 1, 8),
        Question(KINDS[-1], 3, 9),
    ]


def test_a_made_sheet_has_as_many_of_each_kind() -> None:
    sheet = worksheet.make(KINDS, count=2, level=2, seed=5)
    assert [each.kind for each in sheet.questions()] == [name for name in KINDS for _ in range(2)]

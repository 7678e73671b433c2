"""The stack editor: what it sends to the browser, and what it takes from there."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from cnnviz.components.stack_editor import payload, read_stack
from cnnviz.errors import CnnvizError
from cnnviz.layers.base import Incompatibility
from cnnviz.networks import builder
from tests.unpack import unpack

STACK = builder.parse("c16k5s2valid-r-a3s2same-b-o20-f-d10n-x")


def header(text: str) -> dict[str, Any]:
    stack = builder.parse(text)
    content = payload(stack, builder.analyze(stack), language="ko")
    return unpack(content)[0]


def test_the_browser_gets_every_block_and_what_it_makes() -> None:
    scene = header("c16-r-m2-d10-x")
    assert [block["kind"] for block in scene["blocks"]] == ["conv", "relu", "max_pool", "dense", "softmax"]
    assert scene["results"][2] == {
        "name": "풀링 1",
        "code": "pool1",
        "shape": [16, 16, 16],
        "parameters": "파라미터 없음",
        "field": [4, 4],
    }
    assert scene["results"][3] == {"name": "완전 연결 1", "code": "dense1"}  # where the shapes end
    assert scene["problem"] == {
        "index": 3,
        "name": "완전 연결 1",
        "reason": "needs_vector",
        "shapes": [[16, 16, 16]],
        "count": 0,
        "limit": 0,
        "size": "",
    }
    assert scene["most"] == builder.MAX_BLOCKS
    assert header("r")["problem"] is None
    assert header("m8-m8")["problem"]["size"] == "8×8"


def test_every_setting_and_every_problem_has_its_words() -> None:
    scene = header("")
    labels = [each["label"] or each["name"] for settings in scene["settings"].values() for each in settings]
    assert {f"setting_{label}" for label in labels} <= set(scene["text"])
    problems = {*get_args(Incompatibility), "parameters", "work", "numbers"}
    assert {f"problem_{reason}" for reason in problems} <= set(scene["text"])
    assert set(scene["fresh"]) == set(scene["kinds"])


def test_the_browser_knows_which_setting_is_a_skip_connections_span() -> None:
    scene = header("c16-r-c16-add2")
    spans = {
        kind: [each["name"] for each in settings if each["skip"]]
        for kind, settings in scene["settings"].items()
    }
    assert {kind: names for kind, names in spans.items() if names} == {
        "add": ["back"],
        "concatenate": ["back"],
        "multiply": ["back"],
    }
    broken = header("c8-r-add2")
    assert broken["problem"]["shapes"] == [[32, 32, 8], [32, 32, 3]]
    fit = {"back": 2, "on_skip": "conv", "skip_filters": 8, "skip_stride": 1}
    assert broken["results"][2]["fit"] == fit
    assert read_stack({"blocks": [{"kind": "add", **fit}]}) == builder.parse("add2convf8")


def test_the_layers_on_a_skip_connection_are_named_and_belong_to_the_row_in_which_it_ends() -> None:
    scene = header("c8-r-c16k3s2same-add2convbns2-c4-r-d3")
    assert scene["results"][3]["on_skip"] == [
        {"name": "합성곱 3", "shape": [16, 16, 16], "parameters": "파라미터 128개"},
        {
            "name": "배치 정규화 1",
            "shape": [16, 16, 16],
            "parameters": "파라미터 64개(학습 가능 32개, 학습 불가 32개)",
        },
    ]
    assert [result["code"] for result in scene["results"]][3:5] == ["add1", "conv4"]
    assert (scene["problem"]["index"], scene["results"][4]["shape"]) == (6, [16, 16, 4])
    of = {each["name"]: each["of"] for each in scene["settings"]["add"]}
    assert of == {"back": "", "on_skip": "", "skip_filters": "on_skip", "skip_stride": "on_skip"}
    waiting = header("c8-d3-r-add1conv")["results"][3]
    assert waiting["on_skip"] == [{"name": "합성곱 2"}]  # the shapes do not go so far
    assert waiting["fit"] is None


def test_every_kind_can_be_added_in_one_group_and_what_is_most_used_in_the_first() -> None:
    scene = header("")
    (first, common), *others = scene["groups"]
    assert first == "common"
    assert common[:3] == ["conv", "relu", "max_pool"]
    assert sorted(kind for _, members in others for kind in members) == sorted(scene["fresh"])
    assert all(f"group_{group}" in scene["text"] for group, _ in scene["groups"])
    assert dict(others)["joining"] == ["add", "concatenate", "multiply"]
    assert {kind for kind, group in scene["colours"].items() if group == "joining"} == {
        "add",
        "concatenate",
        "multiply",
    }


def test_a_stack_comes_back_from_the_browser() -> None:
    blocks = header("c16k5s2valid-r-a3s2same-b-o20-f-d10n-x")["blocks"]
    assert read_stack({"blocks": json.loads(json.dumps(blocks))}) == STACK
    assert read_stack({"blocks": []}) == ()


@pytest.mark.parametrize(
    "value",
    [
        None,
        "c32",
        ["r"],
        [{"kind": "relu"}] * (builder.MAX_BLOCKS + 1),
        [{"kind": "exec"}],
        [{"kind": ["relu"]}],
        [{"kind": "dense", "units": 10}],
        [{"kind": "add", "back": 0}],
        [{"kind": "conv", **STACK[0].settings(), "groups": 0}],
        [{"kind": "dense", "units": 10**9, "bias": True}],
        [{"kind": "dense", "units": "10", "bias": True}],
        [{"kind": "dense", "units": 10, "bias": 1}],
        [{"kind": "dropout", "rate": 2.5}],
        [{"kind": "max_pool", "size": 2, "stride": -1, "padding": "valid"}],
        [{"kind": "max_pool", "size": 2, "stride": 2, "padding": "full"}],
        [{"kind": "max_pool", "size": 2, "stride": 2, "padding": []}],
    ],
)
def test_nothing_else_is_taken_from_the_browser(value: Any) -> None:
    with pytest.raises(CnnvizError, match="`value` must be"):
        read_stack({"blocks": value})
    with pytest.raises(CnnvizError, match="`value` must be an object"):
        read_stack(value)

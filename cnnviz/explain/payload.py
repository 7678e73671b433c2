"""The payload of the stepper: a JSON header with settings and texts, and the arrays of a scene.

Beside the arrays of the scene (see `Scene`; output_0, output_1 are its outputs) there is

    signs     uint8 [OH, OW]        where a line needs "≈": bit k for line k of `sentences` + `results`

and the header has, beside what `Scene` has, under `step` the decimals and lines of step.py: a line is a list
of words and of slots for numbers, twice: where it is exact and where it is rounded.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from cnnviz.explain import step
from cnnviz.explain.scene import Scene
from cnnviz.formats.packing import pack
from cnnviz.text import section


def payload(
    scene: Scene,
    language: str,
    *,
    cell: tuple[int, int] = (0, 0),
    channel: int = 0,
    input_name: str = "",
    output_name: str = "",
    rgb: bool = False,
    whole: bool = False,
) -> bytes:
    """Pack a scene for the browser; the parameters are those of `stepper`.

    The header's `digest` covers all but `cell` and `channel`: if it is the same, the browser has nothing to
    redraw.
    """
    sentences, results = step.sentences(scene, language), step.results(scene, language)
    header: dict[str, Any] = {
        "operation": scene.operation,
        "name": scene.name,
        "outputs": list(scene.outputs),
        "size": scene.window.size,
        "dilation": scene.window.dilation,
        "inserted": scene.inserted,
        "pads": scene.pads,
        "bias": scene.bias,
        "limits": scene.limits,
        "channel_names": step.channel_names(scene, language, rgb=rgb),
        "formula": step.formula(scene),
        "listed": scene.listed,
        "sign": scene.sign,
        "step": {
            "digits": {**asdict(step.digits_of(scene)), "pointed": step.POINTED_DIGITS},
            "sentences": [_as_json(way) for way in sentences],
            "results": [_as_json(way) for way in results],
        },
        "text": section("stepper", language),
        "input_name": input_name,
        "output_name": output_name,
        "rgb": rgb,
        "picture_range": scene.picture_range,
        "whole": whole,
    }
    digest = hashlib.blake2b(
        json.dumps([scene.digest, header], ensure_ascii=False, allow_nan=False).encode(), digest_size=12
    )
    start = {"cell": list(cell), "channel": channel, "digest": digest.hexdigest()}
    return pack(header | start, scene.arrays() | {"signs": step.signs(scene, [*sentences, *results])})


def _as_json(way: step.Phrasing) -> list[list[Any]]:
    return [
        [part if isinstance(part, str) else part.as_json() for part in line]
        for line in (way.exact, way.rounded)
    ]

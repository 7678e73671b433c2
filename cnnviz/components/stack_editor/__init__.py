"""The stack editor: a row for each block, to set, move, remove and add; what each block makes beside it.

The browser changes its list at once and sends it whole; Python, which alone knows shapes and limits,
answers with what each block makes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, get_args

import streamlit as st

from cnnviz import builder, zoo
from cnnviz.builder import Block, Stack, Survey
from cnnviz.components import pack, register
from cnnviz.errors import CnnvizError
from cnnviz.text import section, translate

_mount = register("stack_editor")


@dataclass(frozen=True)
class Edit:
    """A stack as the visitor has just left it; `number` grows with each edit of a browser."""

    stack: Stack
    number: int


def stack_editor(
    stack: Stack,
    survey: Survey,
    *,
    answered: int,
    language: str,
    key: str,
    on_edit: Callable[[Edit], None],
) -> None:
    """Draw a stack's rows.

    Args:
        stack: what to show. survey: of that stack.
        answered: the number of the last edit that `stack` contains, 0 for none.
        language: "en" or "ko". key: Streamlit's key of this editor.
        on_edit: called before the next run with what the visitor has made of the stack.
    """

    def edited() -> None:
        edit = edit_from(getattr(st.session_state.get(key), "edit", None))
        if edit is not None:
            on_edit(edit)

    _mount(data=payload(stack, survey, answered=answered, language=language), key=key, on_edit_change=edited)


def payload(stack: Stack, survey: Survey, *, answered: int, language: str) -> bytes:
    """Pack what the browser draws. Arguments as for `stack_editor`.

    The header holds `text`, `language`, `answered`, `most` (blocks), and

        blocks    what `Block` holds, for each block
        results   for each block {name, shape, parameters, field} as far as the shapes go, then {name}
        problem   {place, reason, shape, count, limit, size} of the block that cannot stand, or null
        fresh     {kind: a new block of that kind}, in the order of the buttons that add one
        kinds     {kind: word}
        settings  {kind: {attribute: [name of its label, smallest, largest]}}
    """
    results: list[dict[str, Any]] = [{"name": layer.name} for layer in builder.layers(stack)]
    for result, info in zip(results, survey.infos, strict=False):
        field = info.receptive_field
        result |= {
            "shape": info.output_shape,
            "parameters": info.parameters,
            "field": field.size if field else None,
        }
    problem = survey.problem
    header = {
        "language": language,
        "text": section("stack_editor", language),
        "answered": answered,
        "most": builder.MOST_BLOCKS,
        "blocks": [asdict(block) for block in stack],
        "results": results,
        "problem": problem
        and {
            "place": problem.place,
            "reason": problem.reason,
            "shape": problem.input_shape,
            "count": problem.count,
            "limit": problem.limit,
            "size": stack[problem.place].size,
        },
        "fresh": {kind: asdict(block) for kind, block in builder.NEW.items()},
        "kinds": {kind: translate(f"network.kind_{kind}", language) for kind in get_args(zoo.Kind)},
        "settings": {
            kind: {attribute: [bounds, *builder.RANGES[bounds]] for attribute, bounds in settings.items()}
            for kind, settings in builder.SETTINGS.items()
        },
    }
    return pack(header, {})


def edit_from(value: Any) -> Edit | None:
    """Return what the browser sent as an `Edit`, or None if it is no stack within the limits.

    The value comes from the visitor's browser, so nothing about it is taken for granted.
    """
    if not isinstance(value, Mapping) or type(value.get("number")) is not int:
        return None
    blocks = value.get("blocks")
    if not isinstance(blocks, list) or len(blocks) > builder.MOST_BLOCKS:
        return None
    stack = [_block(block) for block in blocks]
    return Edit(tuple(b for b in stack if b), value["number"]) if all(stack) else None


def _block(value: Any) -> Block | None:
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if not isinstance(kind, str) or kind not in builder.NEW:
        return None
    settings: dict[str, Any] = {}
    for attribute in builder.SETTINGS.get(kind, {}):
        settings[attribute] = value.get(attribute)
        if type(settings[attribute]) is not int:
            return None
    if "size" in settings:
        settings["padding"] = value.get("padding")
        if settings["padding"] not in ("same", "valid"):
            return None
    if kind in builder.BIASED:
        settings["bias"] = value.get("bias")
        if type(settings["bias"]) is not bool:
            return None
    try:
        return Block(kind, **settings)
    except CnnvizError:
        return None

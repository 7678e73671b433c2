"""The stack editor: one row per block, with its settings, output shape and parameters.

The browser changes its list at once and sends it whole; Python, which alone knows shapes and limits,
answers with what each block makes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from cnnviz.components import pack, register
from cnnviz.components.message import receiver
from cnnviz.components.value import array, boolean, field, integer, one_of
from cnnviz.layers.base import Field, Layer, Setting
from cnnviz.layers.registry import groups, kinds
from cnnviz.networks import builder
from cnnviz.networks.builder import Analysis, Stack
from cnnviz.text import section
from cnnviz.text.kinds import kind_name, layer_names
from cnnviz.text.parameters import parameters

_mount = register("stack_editor", reserved=("48rem", "39.5rem"))


def stack_editor(
    stack: Stack,
    analysis: Analysis,
    *,
    language: str,
    key: str,
    on_edit: Callable[[Stack], None],
) -> None:
    """Mount the editor on a stack.

    Args:
        stack: what to show. analysis: of that stack.
        language: "en" or "ko". key: Streamlit's key of this editor.
        on_edit: called before the next run with the edited stack.
    """
    edit = receiver(read_stack, on_edit)
    _mount(data=payload(stack, analysis, language=language), key=key, receivers={"stack": edit})


def payload(stack: Stack, analysis: Analysis, *, language: str) -> bytes:
    """Pack the payload. Arguments as for `stack_editor`.

    The header holds `text`, `language`, `most` (blocks), and

        blocks    {kind, and the value of each setting}, for each block
        results   for each block {name, code, shape, parameters, field} as far as the shapes go, then {name,
                  code}: its display name and that in code;
                  parameters in words; of a block that ends a skip connection also {on_skip: {name, shape,
                  parameters} of each layer on it, fit: the settings of a convolution that fits it, or null}
        problem   {index, name, reason, shapes of its inputs, count, limit, size} of the block that fails and
                  the display name of its layer that does, or null
        fresh     {kind: a new block of that kind}
        groups    [[group, its kinds]], in the order of the buttons that add a block
        kinds     {kind: word}
        colours   {kind: the group whose colour it has}
        settings  {kind: [a setting: {name, label}, and either {minimum, maximum}, {choices} or {switch};
                  {skip}: the number of rows over which a skip connection reaches;
                  {of}: the choice at whose first value it has no effect]}
    """
    layers = [[node.layer for node in nodes] for nodes in builder.block_nodes(stack)]
    titles = layer_names({layer.name: layer.kind for row in layers for layer in row}, language)
    infos = {info.name: info for info in analysis.infos}

    def output(layer: Layer) -> dict[str, Any]:
        """Return a layer's output shape and parameters; {} if the shapes are not known so far."""
        if (info := infos.get(layer.name)) is None:
            return {}
        words = parameters(info.parameters, info.non_trainable, language, brief=True)
        return {"shape": info.output_shape, "parameters": words}

    results: list[dict[str, Any]] = []
    for index, (*on_skip, own) in enumerate(layers):
        result: dict[str, Any] = {"name": titles[own.name], "code": own.name, **output(own)}
        if own.name in infos:
            field = infos[own.name].receptive_field
            result["field"] = field.max_size if field else None
        if stack[index].skip_distance:
            result["on_skip"] = [{"name": titles[layer.name], **output(layer)} for layer in on_skip]
            fitted = builder.with_skip_layers(stack, analysis, index)
            result["fit"] = fitted and fitted.settings()
        results.append(result)
    problem = analysis.problem
    header = {
        "language": language,
        "text": section("stack_editor", language),
        "most": builder.MAX_BLOCKS,
        "blocks": [_sent(block) for block in stack],
        "results": results,
        "problem": problem
        and {
            "index": problem.index,
            "name": titles[problem.layer],
            "reason": problem.reason,
            "shapes": problem.input_shapes,
            "count": problem.count,
            "limit": problem.limit,
            "size": _size(stack[problem.index]),
        },
        "fresh": {kind: _sent(each.default()) for kind, each in kinds().items()},
        "groups": list(groups().items()),
        "colours": {kind: each.group for kind, each in kinds().items()},
        "kinds": {kind: kind_name(kind, language) for kind in kinds()},
        "settings": {kind: [asdict(field) for field in each.fields] for kind, each in kinds().items()},
    }
    return pack(header, {})


def read_stack(value: Any) -> Stack:
    """Parse the browser's stack, which may have a problem."""
    return tuple(_block(block) for block in array(field(value, "blocks"), builder.MAX_BLOCKS))


def _block(value: Any) -> Layer:
    kind = kinds()[one_of(field(value, "kind"), kinds())]
    return kind.from_settings(
        "", **{each.name: _setting(each, field(value, each.name)) for each in kind.fields}
    )


def _setting(each: Field, value: Any) -> Setting:
    if each.choices:
        return one_of(value, each.choices)
    return boolean(value) if each.switch else integer(value, each.minimum, each.maximum)


def _sent(block: Layer) -> dict[str, Setting]:
    return {"kind": block.kind, **block.settings()}


def _size(block: Layer) -> str:
    """Return the size of a block's window in words: "3×3"; of one along a signal "3"."""
    if block.sliding_window is None:
        return ""
    rows, cols = block.sliding_window.size
    return str(cols) if rows == 1 < cols else f"{rows}×{cols}"

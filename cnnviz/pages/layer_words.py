"""A network's layers as texts, diagram and table, for the pages that show architectures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from cnnviz.arithmetic.window import Window
from cnnviz.figures import architecture as draw
from cnnviz.figures.pooling_order import Orders
from cnnviz.layers.base import Shape, map_shape
from cnnviz.networks.graph import IMAGE, LayerInfo, is_sequential, total_parameters
from cnnviz.networks.skips import Skip, skips, ways_back
from cnnviz.pages import charts, figure_cache, lecture_state, network_texts, theme, translation
from cnnviz.pages.translation import t
from cnnviz.text.kinds import kind_name
from cnnviz.text.parameters import parameters

ON_A_PHONE = 10
"""Labels of two lines that fit side by side; a drawing with more scrolls sideways there (frame.css)."""


def times(numbers: tuple[int, ...]) -> str:
    """Format sizes as "3×3×64"."""
    return "×".join(map(str, numbers))


def padding(info: LayerInfo) -> str:
    """Format the padding before and after: "1", or "0/1" if they differ."""
    assert info.window is not None
    _, (before, after) = info.window.pads(map_shape(info.input_shape)[:2])
    return str(before) if before == after else f"{before}/{after}"


def padding_name(window: Window) -> str:
    """Return a window's padding in words: "same", "3", "1×0", or "0/1" before and after."""
    if isinstance(window.padding, str):
        return window.padding
    sides = [str(before) if before == after else f"{before}/{after}" for before, after in window.padding]
    return "×".join(dict.fromkeys(sides))


def option(code: str, title: str) -> str:
    """Return the name of a layer in a menu, and that in code: "Convolution 1 · conv1"."""
    return t("layer.layer_option", name=title, code=code)


def described(info: LayerInfo, titles: Mapping[str, str]) -> str:
    """Return the hover text of a layer's box; `titles` are those of the network's layers."""
    lines = [f"<b>{titles[info.name]}</b> ({info.name}) · {kind_name(info.kind, translation.language())}"]
    if len(info.inputs) > 1:
        names = ", ".join(input_name(source, titles) for source in info.inputs)
        lines.append(t("architectures.hover_takes", names=names))
    if info.window is not None:
        lines.append(
            t(
                "architectures.hover_window",
                kernel=times(info.window.size),
                stride=info.window.stride[1],
                padding=padding(info),
            )
        )
    lines.append(
        t("architectures.hover_shape", before=times(info.input_shape), after=times(info.output_shape))
    )
    lines.append(parameters(info.parameters, info.non_trainable, translation.language(), brief=True))
    lines.append(t("architectures.hover_work", count=f"{info.multiply_accumulates:,}"))
    field = info.receptive_field
    lines.append(
        t(
            "architectures.hover_field",
            size=times(field.max_size),
            jump=field.jump[1],
            start=translation.number(float(field.start[1])),
        )
        if field
        else t("architectures.hover_everything")
    )
    return "<br>".join(lines)


def input_name(source: str, titles: Mapping[str, str]) -> str:
    """Return the display name of an input, given those of the network's layers; it may be the image."""
    return t("architectures.input_name") if source == IMAGE else titles[source]


def described_skip(skip: Skip, shapes: Mapping[str, Shape], titles: Mapping[str, str]) -> str:
    """Return the hover text of a skip connection.

    Args:
        shapes: {layer or `IMAGE`: shape of its output}. titles: {layer: its display name}.
    """
    source, shape = input_name(skip.source, titles), times(shapes[skip.source])
    target = titles[skip.target]
    if not skip.layers:
        count = len(skip.passed)
        return t("architectures.skip_unchanged", source=source, shape=shape, count=count, target=target)
    return t(
        "architectures.skip_through",
        source=source,
        shape=shape,
        names=", ".join(titles[name] for name in skip.layers),
        after=times(shapes[skip.layers[-1]]),
        target=target,
    )


def drawing(infos: Sequence[LayerInfo], name: str, *, key: str) -> None:
    """Draw the diagram of a network; `key` and the input's shape identify its layers in the cache."""
    skipping, titles = skips(infos), network_texts.layer_names(infos)
    shapes = {IMAGE: infos[0].input_shape} | {info.name: info.output_shape for info in infos}

    def figure() -> Any:
        hover = {info.name: described(info, titles) for info in infos}
        boxes = draw.boxes(
            infos,
            names=titles,
            input_name=t("architectures.input_name"),
            input_hover=t("architectures.input_hover", shape=times(infos[0].input_shape)),
            hover=list(hover.values()),
        )
        skip_hover = [described_skip(skip, shapes, titles) for skip in skipping]
        arcs = draw.arcs(infos, names=titles, hover=hover, skip_hover=skip_hover)
        groups = {group: t(f"architectures.group_{group}") for group in draw.GROUPS}
        return draw.architecture(boxes, arcs, groups=groups, dark=theme.dark(), upright=upright)

    taken = times(infos[0].input_shape)  # a stack is drawn for pictures of any size
    upright = lecture_state.presenting()
    drawn = figure_cache.figure(
        ("architecture", key, taken, translation.language(), theme.dark(), upright), figure
    )
    with st.container(key="wide_drawing" if draw.stacked_labels(drawn) > ON_A_PHONE else None):
        charts.chart(drawn, name="architecture", alt=t("architectures.drawing_alt", name=name))
    st.caption(t("architectures.drawing_note"))
    if skipping:
        st.caption(t("architectures.drawing_note_skips"))


def residual(infos: Sequence[LayerInfo]) -> None:
    """Explain the skip connections that end in an addition, with the network's own numbers."""
    by_name, titles = {info.name: info for info in infos}, network_texts.layer_names(infos)
    skipping = [skip for skip in skips(infos) if by_name[skip.target].layer.channelwise]
    if not skipping:
        return

    def weighted(names: Sequence[str]) -> list[LayerInfo]:
        return [by_name[name] for name in names if by_name[name].multiply_accumulates]

    first = skipping[0]
    st.header(t("architectures.skips_title"), anchor=False)
    st.latex(r"y = F(x) + x \qquad\qquad \frac{\partial y}{\partial x} = \frac{\partial F}{\partial x} + 1")
    sentences = [
        t(
            "architectures.skips_learn",
            joins=len({skip.target for skip in skipping}),
            convolutions=len(weighted(first.passed)),
            channels=by_name[first.target].output_shape[-1],
        )
    ]
    shortest, longest = ways_back(infos, infos[0].name)
    sentences.append(
        t(
            "architectures.skips_gradient",
            first=titles[infos[0].name],
            longest=longest,
            shortest=shortest,
        )
    )
    for skip in skipping:
        fitting = [info for info in weighted(skip.layers) if info.window and info.window.stride[0] > 1]
        if not fitting or not fitting[0].window:
            continue
        sentences.append(
            t(
                "architectures.skips_fit",
                count=sum(bool(each.layers) for each in skipping),
                target=titles[skip.target],
                layer=titles[fitting[0].name],
                before=times(fitting[0].input_shape),
                after=times(fitting[0].output_shape),
                kernel=times(fitting[0].window.size),
                stride=fitting[0].window.stride[0],
                maps=fitting[0].input_shape[-1],
                made=fitting[0].output_shape[-1],
                weights=f"{fitting[0].total_parameters:,}",
                others=f"{total_parameters(weighted(skip.passed)):,}",
            )
        )
        break
    for sentence in sentences:
        st.markdown(f"- {sentence}")


def orders_in_words(orders: Mapping[str, Orders]) -> str:
    """Return the text of a chart of both orders of ReLU and pooling; {"max" or "average": orders}."""
    return " ".join(
        t(
            "pooling.swap_alt",
            pooling=t(f"pooling.{name}"),
            differing=f"{each.differing:,}",
            cells=f"{each.difference.size:,}",
            largest=translation.number(each.largest),
        )
        for name, each in orders.items()
    )


def table(infos: Sequence[LayerInfo]) -> None:
    """Draw a network's layers as a table."""
    fields, titles = [info.receptive_field for info in infos], network_texts.layer_names(infos)
    takes: dict[str, list[Any]] = {}
    if not is_sequential(infos):
        takes[t("architectures.column_takes")] = [
            " + ".join(input_name(source, titles) for source in info.inputs) for info in infos
        ]
    rows: dict[str, list[Any]] = {
        t("network.column_layer"): [titles[info.name] for info in infos],
        t("network.column_code"): [info.name for info in infos],
        t("network.column_kind"): [kind_name(info.kind, translation.language()) for info in infos],
        **takes,
        t("architectures.column_kernel"): [times(i.window.size) if i.window else "" for i in infos],
        t("architectures.column_stride"): [i.window.stride[1] if i.window else None for i in infos],
        t("architectures.column_padding"): [padding(i) if i.window else "" for i in infos],
        t("network.column_shape"): [times(info.output_shape) for info in infos],
        t("network.column_parameters"): [info.total_parameters for info in infos],
        t("network.column_trainable"): [info.parameters for info in infos],
        t("network.column_non_trainable"): [info.non_trainable for info in infos],
        t("network.column_count"): [network_texts.parameter_formula(info) for info in infos],
        t("architectures.column_work"): [info.multiply_accumulates for info in infos],
        t("architectures.column_field"): [field.max_size[1] if field else None for field in fields],
        t("architectures.column_jump"): [float(field.jump[1]) if field else None for field in fields],
        t("architectures.column_start"): [float(field.start[1]) if field else None for field in fields],
    }
    if lecture_state.presenting():  # few enough words for a lecture hall
        shown = [t(f"network.column_{name}") for name in ("layer", "shape", "parameters")]
        lines = zip(*(rows[column] for column in shown), strict=True)
        cells = [
            shown,
            ["---", "---", "--:"],
            *([f"{each:,}" if isinstance(each, int) else each for each in line] for line in lines),
        ]
        st.markdown("\n".join("| " + " | ".join(line) + " |" for line in cells))
        return
    grouped = st.column_config.NumberColumn(format="localized")
    columns = {
        t("network.column_count"): st.column_config.TextColumn(width=140),
        t("network.column_kind"): st.column_config.TextColumn(width=130),
        t("network.column_parameters"): grouped,
        t("network.column_trainable"): grouped,
        t("network.column_non_trainable"): grouped,
        t("architectures.column_work"): grouped,
    }
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        placeholder="",
        column_config=columns,
    )
    st.caption(t("architectures.table_note"))

"""A network's layers in words, as a drawing and as a table, for the pages that show architectures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from cnnviz.figures import architecture as draw
from cnnviz.layers.base import map_shape
from cnnviz.networks.graph import LayerInfo
from cnnviz.pages import cache, frame
from cnnviz.pages.frame import t
from cnnviz.text.kinds import kind_name
from cnnviz.text.parameters import parameters


def times(numbers: tuple[int, ...]) -> str:
    """Write sizes as "3×3×64"."""
    return "×".join(map(str, numbers))


def padding(info: LayerInfo) -> str:
    """Write the cells of padding before and after: "1", or "0/1" where they differ."""
    assert info.window is not None
    _, (before, after) = info.window.pads(map_shape(info.input_shape)[:2])
    return str(before) if before == after else f"{before}/{after}"


def described(info: LayerInfo) -> str:
    """Say of a layer all that its box cannot show."""
    lines = [f"<b>{info.name}</b> · {kind_name(info.kind, frame.language())}"]
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
    lines.append(parameters(info.parameters, info.non_trainable, frame.language(), brief=True))
    lines.append(t("architectures.hover_work", count=f"{info.multiply_accumulates:,}"))
    field = info.receptive_field
    lines.append(
        t(
            "architectures.hover_field",
            size=times(field.max_size),
            jump=field.jump[1],
            start=frame.number(float(field.start[1])),
        )
        if field
        else t("architectures.hover_everything")
    )
    return "<br>".join(lines)


def drawing(infos: Sequence[LayerInfo], name: str, *, key: str) -> None:
    """Draw a network as boxes; `key` names its layers, and with that the figure."""

    def figure() -> Any:
        boxes = draw.boxes(
            infos,
            input_name=t("architectures.input_name"),
            input_hover=t("architectures.input_hover", shape=times(infos[0].input_shape)),
            hover=[described(info) for info in infos],
        )
        parts = {part: t(f"architectures.part_{part}") for part in draw.COLOURS}
        return draw.architecture(boxes, parts=parts, dark=frame.dark())

    frame.chart(
        cache.figure(("architecture", key, frame.language(), frame.dark()), figure),
        name="architecture",
        alt=t("architectures.drawing_alt", name=name),
    )
    st.caption(t("architectures.drawing_note"))


def table(infos: Sequence[LayerInfo]) -> None:
    """Draw a network's layers as a table."""
    fields = [info.receptive_field for info in infos]
    rows: dict[str, list[Any]] = {
        t("network.column_layer"): [info.name for info in infos],
        t("network.column_kind"): [kind_name(info.kind, frame.language()) for info in infos],
        t("architectures.column_kernel"): [times(i.window.size) if i.window else "" for i in infos],
        t("architectures.column_stride"): [i.window.stride[1] if i.window else None for i in infos],
        t("architectures.column_padding"): [padding(i) if i.window else "" for i in infos],
        t("network.column_shape"): [times(info.output_shape) for info in infos],
        t("network.column_parameters"): [info.total_parameters for info in infos],
        t("network.column_trainable"): [info.parameters for info in infos],
        t("network.column_non_trainable"): [info.non_trainable for info in infos],
        t("network.column_count"): [frame.counting(info) for info in infos],
        t("architectures.column_work"): [info.multiply_accumulates for info in infos],
        t("architectures.column_field"): [field.max_size[1] if field else None for field in fields],
        t("architectures.column_jump"): [float(field.jump[1]) if field else None for field in fields],
        t("architectures.column_start"): [float(field.start[1]) if field else None for field in fields],
    }
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

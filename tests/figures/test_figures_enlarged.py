"""A figure for a projector differs from the figure in its type, its markers and the room for type only."""

from __future__ import annotations

import plotly.graph_objects as go

from cnnviz.figures.enlarged import TYPE, enlarged


def test_type_and_markers_grow_and_all_else_stays() -> None:
    figure = go.Figure(go.Scatter(x=[1, 2], y=[3, 4], marker_size=10, textfont_size=12))
    figure.update_layout(
        height=380,
        margin={"t": 4, "r": 100},
        xaxis_tickfont_size=14,
        annotations=[{"text": "a", "font": {"size": 10}, "xshift": 4, "x": 1}],
    )
    larger = enlarged(figure, 1.5)
    trace, layout = larger.data[0], larger.layout
    assert (trace.marker.size, trace.textfont.size) == (15, 18)
    assert (layout.xaxis.tickfont.size, layout.annotations[0].font.size) == (21, 15)
    assert (layout.annotations[0].xshift, layout.annotations[0].x) == (6, 1)  # its distance from a marker
    assert layout.font.size == TYPE
    assert (layout.margin.r, layout.margin.t) == (150, 4)  # words stand beside the plot
    assert (list(trace.x), list(trace.y), layout.height) == ([1, 2], [3, 4], 380)
    assert figure.data[0].marker.size == 10  # the figure itself, which may be kept, is as it was

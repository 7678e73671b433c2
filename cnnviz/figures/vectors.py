"""Heat map of class vectors: one-hot labels, probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from cnnviz import tokens
from cnnviz.figures import text_colour, type_size
from cnnviz.figures.cell_text import with_readable_text
from cnnviz.text.rounding import rounded


def class_vectors(
    vectors: Mapping[str, np.ndarray],
    class_names: Sequence[str],
    indices: Sequence[int],
    *,
    dark: bool = False,
) -> go.Figure:
    """Draw each vector as a column of cells with their numbers, the classes on the left.

    Args:
        vectors: {name: float [n] in 0..1}, the first on the left.
        class_names: n names. indices: of these classes. dark: for a dark page.

    Returns:
        A figure with a heat map (`with_readable_text`): z [n, len(vectors)].
    """
    none, all_of_it = tokens.colour("surface", dark), tokens.colour("accent", dark)  # shares have no sign
    z = np.stack(list(vectors.values()), axis=1)
    text = [[rounded(v, 2, exact=(0, 1)) for v in row] for row in z]
    return go.Figure(
        with_readable_text(
            {
                "type": "heatmap",
                "z": z,
                "x": list(vectors),
                "y": [_tick(name, k) for k, name in zip(indices, class_names, strict=True)],
                "text": text,
                "texttemplate": "%{text}",
                "textfont": {"size": type_size("text")},
                "zmin": 0,
                "zmax": 1,
                "colorscale": [[0, none], [1, all_of_it]],
                "showscale": False,
                "xgap": 8,
                "ygap": 3,
                "hovertext": [[rounded(v, 4, exact=(0, 1)) for v in row] for row in z],
                "hovertemplate": "%{x}<br>%{y}: %{hovertext}<extra></extra>",
            }
        ),
        {
            "height": 420,
            "margin": {"l": 0, "r": 0, "t": 4, "b": 0},
            "xaxis": {
                "side": "top",
                "fixedrange": True,
                "tickfont": {"size": type_size("body"), "color": text_colour(dark)},
                "showgrid": False,
            },
            "yaxis": {
                "autorange": "reversed",
                "fixedrange": True,
                "tickfont": {"size": type_size("body"), "color": text_colour(dark)},
                "showgrid": False,
            },
        },
    )


def _tick(name: str, index: int) -> str:
    """Return the label of a class; a digit that is named by its own index is not named twice."""
    return f"<b>{index}</b>" if name == str(index) else f"{name} <b>{index}</b>"

"""Small heat maps: colours, and positions of the cells."""

from __future__ import annotations

import numpy as np

from cnnviz import tokens
from cnnviz.figures.heat_maps import small_map


def test_cells_have_the_colours_of_their_share() -> None:
    picture = small_map(np.array([[0.0, 1.0, 2.0], [4.0, 3.0, 0.5]]), 6)
    assert picture.shape == (6, 6, 3)
    few, some = (np.array(tokens.rgb(tokens.colour(name))) for name in ("heat_few", "heat_some"))
    assert tuple(picture[0, 0]) == tokens.rgb(tokens.colour("heat_none"))
    assert tuple(picture[2, 2]) == tuple(few)
    assert tuple(picture[1, 5]) == tuple(some)
    assert tuple(picture[5, 1]) == tokens.rgb(tokens.colour("heat_all"))
    np.testing.assert_array_equal(picture[:3, 2:4].reshape(-1, 3), np.tile(few, (6, 1)))
    assert (small_map(np.zeros((2, 2)), 4) == tokens.rgb(tokens.colour("heat_none"))).all()

"""Messages of a student's browser about the view that it follows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.components.room import Target, read_target
from cnnviz.errors import CnnvizError
from cnnviz.formats import picture_text

PAGES = ("network", "relu")


def test_a_view_is_a_page_and_its_choices() -> None:
    asked = {"page": "relu", "query": "cell=1%2C2&picture=sample-3&empty=", "number": 7}
    assert read_target(asked, PAGES) == Target("relu", {"cell": "1,2", "picture": "sample-3"}, 7)
    assert read_target({"page": "", "query": "", "number": 0}, PAGES) == Target("network", {}, 0)


def test_a_view_may_come_with_the_lecturers_picture() -> None:
    image = samples().images[3]
    asked = {"page": "", "query": "", "number": 1, "picture": picture_text.write(image)}
    found = read_target(asked, PAGES).picture
    assert found is not None
    np.testing.assert_array_equal(found, image)
    assert read_target({**asked, "picture": ""}, PAGES).picture is None


@pytest.mark.parametrize(
    "asked",
    [
        None,
        {"page": "elsewhere", "query": "", "number": 0},
        {"page": "relu", "query": 3, "number": 0},
        {"page": "relu", "query": "x" * 5000, "number": 0},
        {"page": "relu", "query": "&".join(f"k{k}=1" for k in range(99)), "number": 0},
        {"page": "relu", "query": "", "number": -1},
        {"page": "relu", "query": ""},
        {"page": "relu", "query": "", "number": 0, "picture": "32x32x3:"},
        {"page": "relu", "query": "", "number": 0, "picture": {}},
        {"page": "relu", "query": "", "number": 0, "picture": 7},
    ],
)
def test_what_is_no_view_is_refused(asked: Any) -> None:
    with pytest.raises(CnnvizError, match="must"):
        read_target(asked, PAGES)

"""The names of data sets' classes in a visitor's language.

Few names are texts ("class.cat"). Those of a data set with many classes are a table of their own here, by the
names that the data set has in English; a missing one keeps its English name.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from cnnviz.text import keys, translate
from cnnviz.text.links import unlinked


def class_name(name: str, language: str, data_set: str = "") -> str:
    """Return the name of a class in a language, or the name itself if there is no other.

    Args:
        name: as the data set has it. language: "en" or "ko". data_set: the data set's name.

    >>> [class_name(name, "ko", "imagenet") for name in ("cat", "espresso", "tench")]
    ['고양이', '에스프레소', 'tench']
    """
    key = f"class.{name}"
    if key in keys():
        return translate(key, language)
    found = korean(data_set).get(name) if language == "ko" else None
    return found or unlinked(name)  # of anyone's data set or network


@cache
def korean(data_set: str) -> dict[str, str]:
    """Return {English name: Korean name} of a data set's classes that have one; {} for most sets."""
    tables = {path.stem: path for path in Path(__file__).parent.glob("*.toml")}
    return tomllib.loads(tables[data_set].read_text("utf-8")) if data_set in tables else {}

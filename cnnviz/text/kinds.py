"""Names of kinds of layers; a kind without a text is called by its name."""

from __future__ import annotations

from collections.abc import Mapping

from cnnviz.text import section


def kind_name(kind: str, language: str) -> str:
    """Return the name of a kind of layer.

    >>> kind_name("conv", "ko"), kind_name("not_yet_known", "ko")
    ('합성곱', 'not yet known')
    """
    return section("kind", language).get(kind, kind.replace("_", " "))


def layer_names(kinds: Mapping[str, str], language: str) -> dict[str, str]:
    """Return the displayed names of a network's layers: the kind, numbered.

    Args:
        kinds: {name in code: kind}, in topological order. language: "en" or "ko".

    >>> layer_names({"conv1": "conv", "pool1": "max_pool", "conv2": "conv"}, "en")
    {'conv1': 'Convolution 1', 'pool1': 'Pooling 1', 'conv2': 'Convolution 2'}
    >>> layer_names({"fc": "dense"}, "ko")
    {'fc': '완전 연결 1'}
    """
    short = section("layer_name", language)
    counts: dict[str, int] = {}
    names = {}
    for name, kind in kinds.items():
        counts[kind] = counts.get(kind, 0) + 1
        words = short.get(kind) or kind_name(kind, language)
        names[name] = f"{words[:1].upper()}{words[1:]} {counts[kind]}"
    return names

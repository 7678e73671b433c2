"""Skip connections of a network: which layers they bypass, and which layers are on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cnnviz.networks.graph import IMAGE, LayerInfo


@dataclass(frozen=True)
class Skip:
    """A way into a layer of several inputs beside the main path.

    Attributes:
        source: the layer whose output it takes, or `IMAGE`.
        target: the layer in which it ends.
        layers: those on it, in order; () where it hands on the output unchanged.
        passed: the layers that it passes by, in order: those between `source` and `target` on the main path.
    """

    source: str
    target: str
    layers: tuple[str, ...]
    passed: tuple[str, ...]


def main_path(infos: Sequence[LayerInfo], name: str | None = None) -> tuple[str, ...]:
    """Return the longest way from the image to a layer, the last one by default, by its layers' names.

    Of two ways of the same length it is that of the first input.
    """
    return _path(_main_inputs(infos), name or infos[-1].name)


def _path(main: Mapping[str, str], name: str) -> tuple[str, ...]:
    path = [name]
    while (source := main[path[-1]]) != IMAGE:
        path.append(source)
    return tuple(reversed(path))


def skips(infos: Sequence[LayerInfo]) -> tuple[Skip, ...]:
    """Return the skip connections of a network, in the order of the layers in which they end.

    Example:
        >>> from cnnviz.networks.builder import analyze, parse
        >>> skips(analyze(parse("c3-r-c3-add2")).infos)
        (Skip(source='conv1', target='add1', layers=(), passed=('relu1', 'conv2')),)
    """
    main = _main_inputs(infos)
    found = []
    for info in infos:
        if len(info.inputs) == 1:
            continue
        path = (IMAGE, *_path(main, info.name))
        others = list(info.inputs)
        others.remove(main[info.name])
        for source in others:
            on_it: list[str] = []
            while source not in path:
                on_it.insert(0, source)
                source = main[source]
            passed = path[path.index(source) + 1 : -1]
            found.append(Skip(source, info.name, tuple(on_it), passed))
    return tuple(found)


def ways_back(infos: Iterable[LayerInfo], name: str) -> tuple[int, int]:
    """Return the number of convolutions and dense layers between a layer and the output.

    Args:
        name: of the layer, which is not counted.

    Returns:
        On the shortest and on the longest way.
    """
    ways: dict[str, tuple[int, int]] = {name: (0, 0)}
    last = name
    for info in infos:
        reached = [ways[source] for source in info.inputs if source in ways]
        if reached and info.name != name:
            own = int(info.multiply_accumulates > 0)
            ways[info.name] = min(low for low, _ in reached) + own, max(high for _, high in reached) + own
        last = info.name
    return ways[last]


def _main_inputs(infos: Iterable[LayerInfo]) -> dict[str, str]:
    """Return {layer: that of its inputs which most layers lead to}."""
    depths = {IMAGE: 0}
    main = {}
    for info in infos:
        main[info.name] = max(info.inputs, key=depths.__getitem__)
        depths[info.name] = depths[main[info.name]] + 1
    return main

"""Blocks and stages of a network, found in its graph, for folding in the network map.

A block is the part between a layer and the join of the branches that leave it, as in a residual network;
blocks can be nested. A unit is a layer with weights and the layers that only rework its maps: batch
normalisation, activation, dropout. A section is a run of layers of one name, as block1_conv1, block1_conv2. A
stage is a run of blocks with maps of one size.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os.path import commonprefix
from typing import Literal

from cnnviz.networks.graph import IMAGE, Graph, LayerInfo

FEW = 16
"""Number of parts at the top up to which there are no stages."""
MAX_NESTING = 30
"""Blocks within each other."""
MAX_MEMBERS = 200_000
"""Layers of all blocks together, each counted in every block that it is in; a file may nest any number."""
_NUMBERED = re.compile(r"(.*?[a-z]_?\d+(?:_?[a-z]+\d+)*)[a-z]?[_/.]")

Kind = Literal["layer", "unit", "section", "block", "stage"]


@dataclass(frozen=True)
class Part:
    """A part of a network: a layer, or several that are folded into one.

    Attributes:
        kind: layer, unit, section, block or stage.
        layers: the names of its layers, in topological order.
        parts: its parts when opened; () for a layer.
        name: common prefix of its layers' names; of a layer its name.
    """

    kind: Kind
    layers: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    name: str = ""

    @property
    def exit(self) -> str:
        """The last layer."""
        return self.layers[-1]


def fold(graph: Graph) -> tuple[Part, ...]:
    """Return the parts of a network, in topological order; each layer is in exactly one.

    >>> from cnnviz.networks import zoo
    >>> [f"{part.kind} {part.name}" for part in fold(zoo.get("resnet").graph)][:3]
    ['unit conv1', 'block block1', 'block block2']
    """
    folded = _Folding(graph)
    parts = folded.level([info.name for info in graph], folded.regions())
    return folded.stages(parts) if len(parts) > FEW else tuple(parts)


class _Folding:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.order = {info.name: k for k, info in enumerate(graph)}
        self.consumers: dict[str, list[str]] = {name: [] for name in (IMAGE, *self.order)}
        for info in graph:
            for source in dict.fromkeys(info.inputs):
                self.consumers[source].append(info.name)

    def regions(self) -> list[frozenset[str]]:
        """Return the layers between a layer and a join of its branches, with the join; the largest set first.

        Of two that overlap, one is within the other. Beyond `MAX_MEMBERS` and `MAX_NESTING` are none.
        """
        dominator: dict[str, str] = {}
        depth = {IMAGE: 0}

        def common(a: str, b: str) -> str:
            while a != b:
                if depth[a] < depth[b]:
                    a, b = b, a
                a = dominator[a]
            return a

        found: list[frozenset[str]] = []
        room = MAX_MEMBERS
        for info in self.graph:
            own = info.inputs[0]
            for source in info.inputs[1:]:
                own = common(own, source)
            dominator[info.name] = own
            depth[info.name] = depth[own] + 1
            if len(set(info.inputs)) > 1 and (region := self._between(own, info, room)) is not None:
                found.append(region)
                room -= len(region)
        kept: list[frozenset[str]] = []
        innermost: dict[str, tuple[int, int]] = {}  # {layer: (index, nesting) of the last region around it}
        for region in sorted(found, key=len, reverse=True):
            around = {innermost.get(name, (-1, 0)) for name in region}
            index, nesting = around.pop()
            if around or nesting >= MAX_NESTING or (index >= 0 and len(kept[index]) == len(region)):
                continue  # it overlaps another one in part, is too deep, or is a known one
            innermost.update(dict.fromkeys(region, (len(kept), nesting + 1)))
            kept.append(region)
        return kept

    def _between(self, start: str, join: LayerInfo, most: int) -> frozenset[str] | None:
        """Return a join and its ancestors down to, and without, a layer that all ways lead through.

        None if they are more than `most`.
        """
        region, queue = {join.name}, [join.name]
        while queue:
            if len(region) > most:
                return None
            for source in self.graph[queue.pop()].inputs:
                if source != start and source != IMAGE and source not in region:
                    region.add(source)
                    queue.append(source)
        return frozenset(region)

    def level(self, names: Sequence[str], regions: Sequence[frozenset[str]]) -> list[Part]:
        """Return the parts of some layers, folded by the regions that lie among them."""
        inside = set(names)
        mine = [region for region in regions if region < inside]
        outer = [region for region in mine if not any(region < other for other in mine)]
        owner = {name: region for region in outer for name in region}
        last = {region: max(region, key=self.order.__getitem__) for region in outer}
        parts: list[Part] = []
        for name in names:
            region = owner.get(name)
            if region is None:
                parts.append(Part("layer", (name,), name=name))
            elif name == last[region]:
                members = tuple(sorted(region, key=self.order.__getitem__))
                parts.append(Part("block", members, tuple(self.level(members, mine)), _shared_name(members)))
        if len(parts) == 1 and parts[0].parts:  # nothing but one block: it is opened already
            return list(parts[0].parts)
        return self._sections(self._units(parts), whole=len(names))

    def _units(self, parts: list[Part]) -> list[Part]:
        """Join a layer, or a block, with the layers that only rework its maps."""
        made: list[Part] = []
        at: dict[str, int] = {}
        for part in parts:
            index = self._reworked(part, at)
            if index is None:
                at[part.exit] = len(made)
                made.append(part)
                continue
            before = made[index]
            layers = (*before.layers, *part.layers)
            if before.kind == "layer":
                before = Part("unit", layers, (before, part), before.name)
            else:
                before = Part(before.kind, layers, (*before.parts, part), before.name)
            made[index] = before
            at[part.exit] = index
        return made

    def _reworked(self, part: Part, at: dict[str, int]) -> int | None:
        """Return the index of the part that this one only reworks, as its only input."""
        if part.kind != "layer":
            return None
        info = self.graph[part.name]
        if len(info.inputs) != 1 or not _reworks(info) or info.inputs[0] not in at:
            return None
        source = info.inputs[0]
        index = at[source]
        others = [name for name in self.consumers[source] if name != part.name]
        starts = self.graph[source]
        begins = index is not None and (not _reworks(starts) or at.get(source) is not None)
        return index if begins and not others else None

    def _sections(self, parts: list[Part], whole: int) -> list[Part]:
        """Join parts in a row that have a name in common."""
        made: list[Part] = []
        for row in self._rows(parts):
            run: list[Part] = []
            for part in [*row, None]:
                prefix = _prefix(part) if part is not None else ""
                if run and (not prefix or prefix != _prefix(run[0])):
                    made += _joined(run, whole)
                    run = []
                if part is not None:
                    if prefix:
                        run.append(part)
                    else:
                        made.append(part)
        return sorted(made, key=lambda part: self.order[part.exit])

    def _rows(self, parts: Iterable[Part]) -> list[list[Part]]:
        """Return the parts in rows, in each of which a part is the only one to follow that before it."""
        rows: list[list[Part]] = []
        ends: dict[str, list[Part]] = {}
        for part in parts:
            own = set(part.layers)
            sources = {s for name in part.layers for s in self.graph[name].inputs} - own
            row = ends.get(next(iter(sources))) if len(sources) == 1 else None
            if row is not None and all(c in own for c in self.consumers[row[-1].exit]):
                del ends[row[-1].exit]
                row.append(part)
            else:
                row = [part]
                rows.append(row)
            ends[part.exit] = row
        return rows

    def stages(self, parts: Sequence[Part]) -> tuple[Part, ...]:
        """Join the parts of a network whose maps have one size."""
        made: list[Part] = []
        for row in self._rows(parts):
            run: list[Part] = []
            for part in [*row, None]:
                if run and (part is None or not self._size(part) or self._size(part) != self._size(run[0])):
                    layers = tuple(name for each in run for name in each.layers)
                    made += (
                        run if len(run) == 1 else [Part("stage", layers, tuple(run), _shared_name(layers))]
                    )
                    run = []
                if part is not None:
                    run.append(part)
        return tuple(sorted(made, key=lambda part: self.order[part.exit]))

    def _size(self, part: Part) -> tuple[int, ...]:
        return self.graph.shape(part.exit)[:-1]


def _reworks(info: LayerInfo) -> bool:
    """Return whether a layer computes each number from the one at its position: no window, same shape."""
    same = len(info.inputs) == 1 and info.output_shape == info.input_shape
    return same and info.layer.channelwise and (info.window is None or info.window.size == (1, 1))


def _prefix(part: Part) -> str:
    """Return the numbered name that the names of a part's layers begin with, or ""."""
    if part.kind == "block":
        return ""
    found = {match[1] if (match := _NUMBERED.match(name)) else "" for name in part.layers}
    return found.pop() if len(found) == 1 else ""


def _joined(run: list[Part], whole: int) -> list[Part]:
    layers = tuple(name for part in run for name in part.layers)
    if len(run) < 2 or len(layers) == whole:
        return run
    return [Part("section", layers, tuple(run), _prefix(run[0]))]


def _shared_name(names: Sequence[str]) -> str:
    """Return the numbered name that all names begin with, or "".

    >>> _shared_name(["block1_conv1_norm", "block1_add"]), _shared_name(["conv1", "conv2"])
    ('block1', '')
    """
    prefix = commonprefix(names)  # noqa: RUF071 (of words, not of paths)
    shared = re.split(r"[_/.](?=[^_/.]*$)", prefix)[0]
    return shared if re.search(r"\d", shared) and all(name != shared for name in names) else ""

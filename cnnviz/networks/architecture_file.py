"""Architectures as JSON: every layer with all its settings, and the data set.

A file is data only. It is validated and bounded when it is read, as it may come from anyone.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Mapping
from functools import cache
from math import isfinite, prod
from typing import Any, get_args, get_origin

from cnnviz.arithmetic.window import Window
from cnnviz.data import registry as data_registry
from cnnviz.data.dataset import DataSet, Preprocessing
from cnnviz.data.unlabelled import unlabelled
from cnnviz.errors import CnnvizError, invalid
from cnnviz.layers.registry import kind as kind_of
from cnnviz.networks.architecture import Architecture, clean_title
from cnnviz.networks.graph import Graph, Node
from cnnviz.networks.recipe import Recipe

FORMAT = "cnnviz architecture 1"
MAX_LAYERS = 3000
MAX_NAME = 100
"""Characters of a layer's name."""
MAX_PARAMETERS = 400_000_000
MAX_NUMBERS = 200_000_000
"""Activations of all layers together, for one image."""
MAX_WORK = 100_000_000_000
"""Multiply-accumulates of one forward pass."""
MAX_SIDE = 1024
"""Rows and columns of the input."""
MAX_CLASSES = 100_000
LARGEST = 2**24
"""The largest whole number that a setting may have."""
LARGEST_FLOAT = 1e12
"""The largest number of another setting, such as an offset."""
NAME = re.compile(r"[^\x00-\x1f\x7f/.]+")
"""A layer's name: "layer.weight" has to be read unambiguously."""


def to_json(architecture: Architecture) -> dict[str, Any]:
    """Return an architecture as JSON values.

    >>> from cnnviz.networks import zoo
    >>> entry = to_json(zoo.get("mlp"))
    >>> entry["data_set"], entry["layers"][1]
    ('cifar10', {'kind': 'dense', 'name': 'dense1', 'inputs': ['flatten'], 'units': 512})
    """
    data_set = architecture.data_set
    known = any(each == data_set for each in data_registry.DATA_SETS)
    return {
        "format": FORMAT,
        "name": architecture.name,
        **({"title": architecture.title} if architecture.title else {}),
        "data_set": data_set.name if known else data_set_to_json(data_set),
        "layers": [_layer_to_json(node) for node in architecture.graph.nodes()],
    }


def from_json(entry: Mapping[str, Any], *, name: str = "", recipe: Recipe | None = None) -> Architecture:
    """Return the architecture that `to_json` wrote.

    Args:
        entry: parsed JSON of any origin. name: the architecture's name; "" = that of the file.
        recipe: how it is trained; not part of the file.

    Raises:
        CnnvizError: if it is anything else than an architecture within the limits of this module.
    """
    if entry.get("format") != FORMAT:
        raise invalid("format", f"must be {FORMAT!r}", _short(entry.get("format")))
    data_set = _data_set(entry.get("data_set"))
    nodes = [_node(each, k) for k, each in enumerate(_items("layers", entry.get("layers"), MAX_LAYERS))]
    own = _text("name", name or entry.get("name"))
    title = clean_title(_text("title", entry["title"])) if "title" in entry else ""
    return Architecture(own, bounded_graph(data_set.shape, nodes), recipe, data_set, title)


def bounded_graph(shape: tuple[int, ...], nodes: list[Node]) -> Graph:
    """Return the graph of layers that come from a file.

    Raises:
        CnnvizError: if they do not fit together, a layer has no output, or the graph exceeds a limit.
    """
    if len(nodes) > MAX_LAYERS:
        raise invalid("layers", f"must be at most {MAX_LAYERS:,}", len(nodes))
    for node in nodes:
        if len(node.layer.name) > MAX_NAME or not NAME.fullmatch(node.layer.name):
            raise invalid(
                "name", f"must have 1..{MAX_NAME} characters, no dot or slash", _short(node.layer.name)
            )
    try:
        graph = Graph(shape, nodes)
    except CnnvizError:
        raise
    except (ArithmeticError, IndexError, TypeError, ValueError) as error:
        raise CnnvizError(f"`layers` must fit their inputs. Received: {type(error).__name__}.") from None
    for info in graph:
        if min((*info.output_shape, *(n for s in info.weight_shapes.values() for n in s)), default=0) < 1:
            raise invalid(info.name, "must have an output of one number or more", info.output_shape)
    totals = (
        ("parameters", sum(info.total_parameters for info in graph), MAX_PARAMETERS),
        ("activations", sum(prod(info.output_shape) for info in graph), MAX_NUMBERS),
        ("multiply-accumulates", sum(info.multiply_accumulates for info in graph), MAX_WORK),
    )
    for what, count, limit in totals:
        if count > limit:
            raise CnnvizError(f"`layers` must have at most {limit:,} {what}. Received: {count:,}.")
    return graph


# ---------------------------------------------------------------- layers


def _layer_to_json(node: Node) -> dict[str, Any]:
    """Return a layer with the settings that differ from the kind's defaults."""
    layer = node.layer
    settings = {
        field.name: _plain(getattr(layer, field.name))
        for field in dataclasses.fields(layer)
        if field.name != "name" and getattr(layer, field.name) != field.default
    }
    return {"kind": layer.kind, "name": layer.name, "inputs": list(node.inputs), **settings}


def _plain(value: Any) -> Any:
    """Return a setting as JSON values."""
    if isinstance(value, Window):
        return {part: _plain(getattr(value, part)) for part in ("size", "stride", "padding", "dilation")}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _node(entry: Any, index: int) -> Node:
    if not isinstance(entry, dict):
        raise invalid(f"layers[{index}]", "must be an object", _short(entry))
    settings = dict(entry)
    layer_class = kind_of(_text("kind", settings.pop("kind", None)))
    name = _text("name", settings.pop("name", None))
    inputs = tuple(_text("inputs", each) for each in _items("inputs", settings.pop("inputs", None), 1000))
    known = _setting_types(layer_class.kind)
    choices = {field.name: field.choices for field in layer_class.fields if field.choices}
    for key, value in settings.items():
        if key not in known:
            raise invalid(
                _short(key), f"must be a setting of {layer_class.kind}: {', '.join(known)}", key[:40]
            )
        settings[key] = _setting(key, value, known[key])
        if settings[key] not in choices.get(key, (settings[key],)):
            raise invalid(key, f"must be one of {', '.join(choices[key])}", _short(value))
    return Node(layer_class(name, **settings), inputs)


@cache
def _setting_types(kind: str) -> dict[str, Any]:
    """Return {setting: type} of a kind of layer."""
    layer_class = kind_of(kind)
    hints = typing.get_type_hints(layer_class)
    return {
        field.name: hints[field.name] for field in dataclasses.fields(layer_class) if field.name != "name"
    }


def _setting(key: str, value: Any, wanted: Any) -> Any:
    """Return a setting of the type that a layer's field has.

    Raises:
        CnnvizError: if the value is not of that type, or out of range.
    """
    if get_origin(wanted) in (types.UnionType, typing.Union):
        return (
            None
            if value is None
            else _setting(key, value, next(a for a in get_args(wanted) if a is not type(None)))
        )
    if wanted is Window:
        return _window(key, value)
    if wanted is int and type(value) is int and 1 <= value <= LARGEST:
        return value
    if wanted is float and type(value) in (int, float) and isfinite(value) and abs(value) <= LARGEST_FLOAT:
        return float(value)
    if wanted in (bool, str) and type(value) is wanted and len(str(value)) <= MAX_NAME:
        return value
    if get_origin(wanted) is tuple and isinstance(value, list):
        items, kept = _items(key, value, LARGEST), get_args(wanted)
        if kept[0] is int:  # sizes and borders, of which one may be 0
            return _whole_numbers(key, value)
        if len(kept) == 2 and kept[1] is Ellipsis:
            return tuple(_setting(key, item, kept[0]) for item in items)
        if len(kept) == len(items):
            return tuple(_setting(key, item, part) for item, part in zip(items, kept, strict=True))
    if wanted is Any:
        return _whole_numbers(key, value)
    raise invalid(key, "must be a setting as CNNViz writes it", _short(value))


def _window(key: str, value: Any) -> Window:
    parts = ("size", "stride", "padding", "dilation")
    if not isinstance(value, dict) or set(value) != set(parts):
        raise invalid(key, f"must have {', '.join(parts)}", _short(value))
    return Window(*(each if isinstance(each := value[p], str) else _whole_numbers(p, each) for p in parts))


def _whole_numbers(key: str, value: Any, depth: int = 2) -> Any:
    """Return a number, a list of numbers or a list of pairs as tuples."""
    if type(value) is int and 0 <= value <= LARGEST:
        return value
    if isinstance(value, list) and len(value) <= 3 and depth:
        return tuple(_whole_numbers(key, item, depth - 1) for item in value)
    raise invalid(key, "must be whole numbers", _short(value))


# ---------------------------------------------------------------- the data set


def data_set_to_json(data_set: DataSet) -> dict[str, Any]:
    """Return the description of a data set as JSON values."""
    preprocessing = data_set.preprocessing
    return {
        "name": data_set.name,
        "title": data_set.title,
        "size": list(data_set.size),
        "channels": data_set.channels,
        "classes": list(data_set.classes),
        "preprocessing": {
            "divisor": preprocessing.divisor,
            "mean": list(preprocessing.mean),
            "deviation": list(preprocessing.deviation),
        },
        "mirrored": data_set.mirrored,
    }


def _data_set(entry: Any) -> DataSet:
    """Return the data set of that name, or one without labels of that description."""
    if isinstance(entry, str):
        return data_registry.get(entry[:MAX_NAME])
    if not isinstance(entry, dict):
        raise invalid("data_set", "must be a name or an object", _short(entry))
    scaling = entry.get("preprocessing")
    if not isinstance(scaling, dict):
        raise invalid("preprocessing", "must be an object", _short(scaling))
    size = _items("size", entry.get("size"), 2)
    if len(size) != 2 or not all(type(n) is int and 1 <= n <= MAX_SIDE for n in size):
        raise invalid("size", f"must be [rows, columns] in 1..{MAX_SIDE}", _short(size))
    channels = entry.get("channels")
    if channels not in (1, 3):
        raise invalid("channels", "must be 1 or 3", _short(channels))
    classes = tuple(_text("classes", each) for each in _items("classes", entry.get("classes"), MAX_CLASSES))
    numbers = [_setting("divisor", scaling.get("divisor"), float)]
    numbers += [_setting(key, scaling.get(key), tuple[float, ...]) for key in ("mean", "deviation")]
    found = unlabelled(
        _text("name", entry.get("name")),
        _text("title", entry.get("title")),
        (size[0], size[1]),
        channels,
        classes,
        Preprocessing(*numbers),
    )
    return dataclasses.replace(found, mirrored=entry.get("mirrored") is not False)


def _items(key: str, value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise invalid(key, f"must be a list of at most {most:,}", _short(value))
    return value


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_NAME or not value.isprintable():
        raise invalid(key, f"must be text of 1..{MAX_NAME} characters", _short(value))
    return value


def _short(value: Any) -> str:
    return repr(value)[:60]

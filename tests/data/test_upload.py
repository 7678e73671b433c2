"""Uploaded pictures: every format and mode, odd files, and files built to cost time or memory."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnviz import CnnvizError
from cnnviz.data import cifar10, picture_decoder
from cnnviz.data.picture_decoder import FORMATS, LIMITS, Limits
from cnnviz.data.upload import MAX_BYTES, MIN_CROP, Crop, Upload, decode_upload
from cnnviz.text import LANGUAGES, translate
from tests.thorough import thorough

RED, GREEN, BLUE, GREY = (220, 20, 20), (20, 200, 20), (20, 20, 220), (90, 90, 90)


def halves(size: tuple[int, int] = (64, 64)) -> Image.Image:
    """Return a picture whose upper half is red and whose lower half is blue."""
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (0, size[1] // 2, size[0], size[1]))
    return picture


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def decoded(content: bytes) -> Upload:
    """Return what the decoder makes of an ordinary picture, without a process of its own."""
    square, preview, crop = picture_decoder.decode(content, 32)
    left, top, side = crop
    return Upload(np.asarray(square), np.asarray(preview), (left, top, side))


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
    image = decoded(encoded(picture, "PNG")).image
    np.testing.assert_allclose(image[16, 16], expected, atol=1)


@pytest.mark.parametrize("transparency", [0, bytes([0, 255])])
def test_transparent_palette_colour_becomes_white(transparency: int | bytes) -> None:
    picture = Image.new("P", (40, 40), 0)
    picture.paste(1, (0, 20, 40, 40))
    picture.putpalette([*RED, *BLUE])
    image = decoded(encoded(picture, "PNG", transparency=transparency)).image
    assert image[4, 16].tolist() == [255, 255, 255]
    assert image[28, 16].tolist() == list(BLUE)


def test_cmyk_jpeg() -> None:
    image = decoded(encoded(halves().convert("CMYK"), "JPEG")).image
    np.testing.assert_allclose(image[4, 16], RED, atol=12)


QUADRANTS = np.array([[RED, GREEN], [BLUE, GREY]], np.uint8)  # as they must be seen


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (1, QUADRANTS),
        (2, QUADRANTS[:, ::-1]),
        (3, QUADRANTS[::-1, ::-1]),
        (4, QUADRANTS[::-1]),
        (5, QUADRANTS.transpose(1, 0, 2)),
        (6, np.rot90(QUADRANTS, 1)),
        (7, np.rot90(QUADRANTS, 2).transpose(1, 0, 2)),
        (8, np.rot90(QUADRANTS, -1)),
    ],
)
def test_exif_orientation_is_applied(orientation: int, stored: np.ndarray) -> None:
    kinds = ("JPEG", "PNG", "WEBP")
    for kind in kinds if thorough() else {"JPEG", kinds[orientation % 3]}:
        check_orientation(orientation, stored, kind)


def check_orientation(orientation: int, stored: np.ndarray, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = Image.fromarray(stored.repeat(600, 0).repeat(600, 1))  # a JPEG this large is drafted
    upload = decoded(encoded(picture, kind, exif=exif.tobytes()))
    np.testing.assert_allclose(upload.image[4::24, 4::24], QUADRANTS, atol=12)
    np.testing.assert_allclose(upload.preview[64::384, 64::384], QUADRANTS, atol=12)


def test_central_square_and_preview() -> None:
    upload = decode_upload(encoded(halves((1200, 600)), "PNG"))
    assert upload.preview.shape == (256, 512, 3)
    assert upload.crop == (128, 0, 256)
    picture = Image.new("RGB", (100, 40), RED)
    picture.paste(BLUE, (30, 0, 70, 40))
    assert (decode_upload(encoded(picture, "PNG")).image == BLUE).all()


def test_first_frame_of_a_gif() -> None:
    first, second = Image.new("RGB", (40, 40), RED), Image.new("RGB", (40, 40), BLUE)
    content = encoded(first, "GIF", save_all=True, append_images=[second], duration=100)
    np.testing.assert_allclose(decode_upload(content).image[16, 16], RED, atol=6)


@pytest.mark.parametrize("size", [(1, 1), (4096, 1), (1, 4096), (33, 31)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    upload = decoded(encoded(Image.new("RGB", size, RED), "PNG"))
    assert (upload.image == RED).all()
    left, top, side = upload.crop
    assert side >= 1
    assert left + side <= upload.preview.shape[1]
    assert top + side <= upload.preview.shape[0]


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def promising(side: int) -> bytes:
    """Return a small PNG whose header promises `side` x `side` pixels: a decompression bomb."""

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
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
        *[(encoded(halves(), kind)[:-30], "upload_damaged") for kind in ("JPEG", "WEBP", "GIF")],
        (encoded(Image.new("RGB", (4097, 2)), "PNG"), "upload_side"),
        (promising(10_000), "upload_side"),
        (promising(100_000), "upload_side"),
        (GOOD + bytes(5 * 2**20), "upload_bytes"),
    ],
)
def test_invalid_image_raises(content: bytes, reason: str) -> None:
    with pytest.raises(CnnvizError, match=r"^`upload` must be [^\n]*\.$") as caught:
        decode_upload(content)
    assert caught.value.reason == reason


def filled(piece: bytes) -> bytes:
    """Return a piece again and again, as often as an upload holds it beside a small picture."""
    return piece * ((MAX_BYTES - 2000) // len(piece))


def tiff(entries: int, size: int) -> bytes:
    """Return EXIF data of which every entry claims nearly all bytes as its value."""
    table = b"".join(struct.pack("<HHII", 1000 + k, 7, size - 8, 0) for k in range(entries))
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", entries) + table + bytes(4)
    return head + bytes(max(0, size - len(head)))


def with_scans(count: int, side: int = 64) -> bytes:
    """Return a progressive JPEG whose last scan is there `count` times more."""
    picture = encoded(Image.new("RGB", (side, side), RED), "JPEG", progressive=True)
    last = picture.rindex(b"\xff\xda")
    return picture[:-2] + picture[last:-2] * count + b"\xff\xd9"


SMALL_JPEG = encoded(halves(), "JPEG")
SMALL_GIF = encoded(halves().quantize(4), "GIF")
GIF_IMAGE = SMALL_GIF.index(b",", 13 + 3 * 4)
MEGABYTE = zlib.compress(bytes(2**20 - 100), 9)
LARGE = (4096, 4096)


def jpeg(head: bytes) -> bytes:
    return SMALL_JPEG[:2] + head + SMALL_JPEG[2:]


def png(before: bytes = b"", after: bytes = b"") -> bytes:
    data = GOOD.index(b"IDAT") - 4
    return GOOD[:data] + before + GOOD[data:-12] + after + GOOD[-12:]


def gif(before: bytes) -> bytes:
    return SMALL_GIF[:GIF_IMAGE] + before + SMALL_GIF[GIF_IMAGE:]


def webp(canvas: int, *chunks: bytes) -> bytes:
    """Return a small picture that says that it is larger."""
    size = (canvas - 1).to_bytes(3, "little")
    parts = [
        b"VP8X" + struct.pack("<I", 10) + b"\x08\0\0\0" + size * 2,
        encoded(halves(), "WEBP")[12:],
        *chunks,
    ]
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def animation(kind: str, frame: Image.Image, count: int, **options: Any) -> bytes:
    """Return a picture with `count` more, each a little different, behind it."""
    more = [frame.point(lambda value, k=k: value ^ (1 + k % 200)) for k in range(count)]
    return encoded(frame, kind, save_all=True, append_images=more, **options)


def frame_beyond() -> bytes:
    """Return a GIF whose first frame says that it is larger than the GIF."""
    content = bytearray(SMALL_GIF)
    content[GIF_IMAGE + 5 : GIF_IMAGE + 9] = struct.pack("<HH", 60_000, 60_000)
    return bytes(content)


FINE, COSTLY, DAMAGED, SIDE = None, "upload_costly", "upload_damaged", "upload_side"
COSTLY_FILES: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "a scan 10,000 times": (lambda: with_scans(10_000, 4096), COSTLY),
    "a scan 55 times": (lambda: with_scans(55), COSTLY),
    "a scan 50 times": (lambda: with_scans(50), FINE),
    "a million segments": (lambda: jpeg(filled(b"\xff\xe3\x00\x02")), COSTLY),
    "a million comments": (lambda: jpeg(filled(b"\xff\xfe\x00\x03a")), COSTLY),
    "fill bytes": (lambda: jpeg(filled(b"\xff\xff")), COSTLY),
    "escaped bytes before the picture": (lambda: jpeg(filled(b"\xff\x00")), COSTLY),
    "parts of a profile": (lambda: jpeg(filled(b"\xff\xe2\x00\x10ICC_PROFILE\0\1\1")), COSTLY),
    "a JPEG with 20 more behind it": (lambda: animation("MPO", halves(), 20), FINE),
    "5,000 profiles of 1 MB": (lambda: png(filled(chunk(b"iCCP", b"a\0\0" + MEGABYTE))), COSTLY),
    "5,000 texts of 1 MB": (lambda: png(filled(chunk(b"zTXt", b"a\0\0" + MEGABYTE))), DAMAGED),
    "5,000 more texts": (lambda: png(filled(chunk(b"iTXt", b"a\0\1\0\0\0" + MEGABYTE))), DAMAGED),
    "texts behind the picture": (lambda: png(after=filled(chunk(b"tEXt", b"a\0b"))), FINE),
    "EXIF of a PNG": (lambda: png(after=chunk(b"eXIf", tiff(60_000, 4_900_000))), FINE),
    "empty chunks": (lambda: png(filled(chunk(b"abCd", b""))), FINE),
    "empty parts of the picture": (lambda: png(filled(chunk(b"IDAT", b""))), FINE),
    "the largest PNG": (lambda: encoded(Image.new("RGBA", LARGE, (*RED, 9)), "PNG"), FINE),
    "frames of a PNG": (lambda: animation("PNG", halves(), 200), FINE),
    "frames of a GIF": (lambda: animation("GIF", halves(), 200), FINE),
    "comments of a GIF": (lambda: gif(filled(b"!\xfe\x01a\0")), FINE),
    "one long comment": (lambda: gif(b"!\xfe" + filled(b"\x01a") + b"\0"), FINE),
    "control blocks": (lambda: gif(filled(b"!\xf9\x04\0\0\0\0\0")), FINE),
    "no blocks": (lambda: gif(filled(b"\x01")), FINE),
    "the largest GIF": (lambda: encoded(Image.new("P", LARGE), "GIF"), FINE),
    "a frame larger than its GIF": (frame_beyond, SIDE),
    "frames of a WebP": (lambda: animation("WEBP", halves(), 200), FINE),
    "the largest WebP, moving": (lambda: animation("WEBP", halves(LARGE), 1, method=0), FINE),
    "a canvas of 600 MB": (lambda: webp(13_000), SIDE),
    "EXIF of a WebP": (
        lambda: webp(64, b"EXIF" + struct.pack("<I", 4_900_000) + tiff(60_000, 4_900_000)),
        FINE,
    ),
}


# another of each way is tried where it is not thorough
ALIKE = ("a scan 10,000 times", "a million comments", "5,000 more texts", "empty parts of the picture")
ALIKE += ("one long comment", "control blocks", "frames of a PNG", "the largest WebP, moving")


@pytest.mark.slow
@pytest.mark.parametrize("name", [each for each in COSTLY_FILES if thorough() or each not in ALIKE])
def test_cost_of_decoding_is_limited(name: str) -> None:
    make, reason = COSTLY_FILES[name]
    content = make()
    assert len(content) <= MAX_BYTES
    if reason is None:
        assert decode_upload(content, timeout=300).image.shape == (32, 32, 3)
        return
    with pytest.raises(CnnvizError, match=r"^`upload` must be [^\n]*\.$") as caught:
        decode_upload(content, timeout=300)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("picture", "options", "scans"),
    [
        (halves(), {}, 1),
        (halves(), {"progressive": True}, 10),
        (halves().convert("L"), {"progressive": True}, 6),
        (halves().convert("CMYK"), {"progressive": True}, 18),
        (halves(), {"restart_marker_blocks": 1}, 1),
        (Image.effect_noise((200, 200), 100).convert("RGB"), {"progressive": True, "quality": 100}, 10),
    ],
)
def test_count_jpeg_scans(picture: Image.Image, options: dict[str, Any], scans: int) -> None:
    content = encoded(picture, "JPEG", **options)
    assert picture_decoder._count_jpeg_scans(content, LIMITS)[0] == scans
    thumbnail = b"\xff\xe1" + struct.pack(">H", 302) + b"\xff\xda" * 150
    inside_and_behind = content[:2] + thumbnail + content[2:] + b"\xff\xda\x00\x02" * 500
    assert picture_decoder._count_jpeg_scans(inside_and_behind, LIMITS)[0] == scans
    assert (
        picture_decoder._count_jpeg_scans(content[:-2] + b"\xff\xda\x00\x08123456" * 500, LIMITS)[0] == 65
    )  # no further


@pytest.fixture(scope="module")
def endless() -> bytes:
    """Return a file that takes minutes where its scans are allowed."""
    return with_scans(10_000, 4096)


@pytest.mark.slow
def test_slow_file_hits_the_time_limit(endless: bytes) -> None:
    if sys.platform == "win32":
        pytest.skip("no limit of processor time")
    with pytest.raises(CnnvizError, match="`upload` must be decoded within 1 s") as caught:
        decode_upload(endless, limits=Limits(seconds=1, scans=10**6), timeout=300)
    assert caught.value.reason == "upload_costly"


def test_large_file_hits_the_memory_limit() -> None:
    if sys.platform != "linux":
        pytest.skip("no limit of memory")
    content = encoded(Image.new("RGBA", LARGE, (*RED, 9)), "PNG")
    with pytest.raises(CnnvizError, match=r"`upload` must be decoded in [\d,]+ bytes") as caught:
        decode_upload(content, limits=Limits(memory=150 * 2**20))
    assert caught.value.reason == "upload_costly"


class LeftError(BaseException):
    """The visitor has gone, as Streamlit tells a script."""


def test_decoder_is_killed_when_cancelled(endless: bytes) -> None:
    if sys.platform != "linux":
        pytest.skip("asks /proc")
    decoders: list[Path] = []

    def children() -> set[str]:
        return set(Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text("ascii").split())

    def waiting() -> None:
        decoders.extend(Path("/proc", child) for child in children() - before)
        raise LeftError

    before = children()  # such as the servers of other tests
    with pytest.raises(LeftError):
        decode_upload(endless, limits=Limits(seconds=60, scans=10**6), on_poll=waiting)
    assert decoders
    assert not any(process.exists() for process in decoders)
    assert decode_upload(GOOD).image.shape == (32, 32, 3)  # and the next one gets its turn


def test_files_are_decoded_one_at_a_time_with_a_timeout(endless: bytes) -> None:
    decoding, leave = threading.Event(), threading.Event()
    ended: list[BaseException] = []

    def waiting() -> None:
        decoding.set()
        if leave.is_set():
            raise LeftError

    def first() -> None:
        try:
            decode_upload(endless, limits=Limits(600, scans=10**6), on_poll=waiting, timeout=600)
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert decoding.wait(60)
        with pytest.raises(CnnvizError, match="`upload` must be sent again later") as caught:
            decode_upload(GOOD, timeout=0.3)
        assert caught.value.reason == "upload_busy"
    finally:
        leave.set()
        thread.join(60)
    assert [type(error) for error in ended] == [LeftError]
    assert decode_upload(GOOD, timeout=60).image.shape == (32, 32, 3)


def test_decoder_imports_only_pillow() -> None:
    code = (
        f"import sys; sys.argv[:] = [{picture_decoder.__file__!r}];"
        "import runpy; runpy.run_path(sys.argv[0], run_name='decoder');"
        "print({'numpy', 'tensorflow', 'cnnviz', 'streamlit'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_upload_texts_match_the_decoder(language: str) -> None:
    said = translate("error.upload_format", language)
    assert re.findall(r"[A-Z]\w+[A-Z]\w*", said.partition("picture")[0]) == [k.name for k in FORMATS.values()]
    assert f"{MAX_BYTES >> 20}" in translate("error.upload_bytes", language)
    assert f"{picture_decoder.MAX_SIDE:,}" in translate("error.upload_side", language)


def test_all_jpeg_suffixes_are_offered() -> None:
    endings = {ending for known in FORMATS.values() for ending in known.suffixes}
    assert endings >= {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".pjp", ".webp", ".gif"}


def test_old_import_path_still_works() -> None:
    assert cifar10.decode_upload is decode_upload


@pytest.mark.parametrize(
    ("crop", "expected"),
    [
        (Crop(0, 0, 9999), (0, 0, 256, 256)),
        (Crop(400, 0, 100), (400, 0, 500, 100)),
        (Crop(9999, 9999, 100), (412, 156, 512, 256)),
        (Crop(10, 10, 0), (10, 10, 10 + MIN_CROP, 10 + MIN_CROP)),
    ],
)
def test_a_crop_is_moved_and_scaled_into_the_picture(crop: Crop, expected: tuple[int, ...]) -> None:
    upload = decode_upload(encoded(halves((1200, 600)), "PNG"))
    assert upload.box((224, 224), crop) == expected
    left, top, right, bottom = upload.box((10, 20), crop)
    assert right - left == pytest.approx(2 * (bottom - top))
    assert 0 <= left < right <= 512
    assert 0 <= top < bottom <= 256


@pytest.mark.parametrize("shape", [(32, 32, 3), (28, 28, 1), (20, 30, 3)])
def test_a_picture_of_a_networks_shape_stays_as_it_is(shape: tuple[int, int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    upload = Upload.of(image)
    np.testing.assert_array_equal(upload.resized(shape), image)
    assert upload.resized((16, 16, 3)).shape == (16, 16, 3)
    assert upload.resized((16, 16, 1)).mean() == pytest.approx(upload.preview.mean(), abs=40)


def test_a_crop_is_the_part_of_the_picture_that_is_used() -> None:
    upload = decode_upload(encoded(halves((1200, 600)), "PNG"))
    for top, colour in ((0, RED), (150, BLUE)):
        assert (upload.resized((224, 224, 3), Crop(300, top, 100)) == colour).all()
    assert upload.resized((32, 32, 3)) is upload.image
    assert upload.resized((20, 40, 1), Crop(0, 0, 256)).shape == (20, 40, 1)

"""Files of a run that are damaged or hostile: signed weights, cards, recordings and checkpoints."""

from __future__ import annotations

import hashlib
import io
import json
import random
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from cnnviz import CnnvizError
from cnnviz.arithmetic.window import Window
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.conv import Conv
from cnnviz.layers.dense import Dense
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.softmax import Softmax
from cnnviz.networks import bundled, zoo
from cnnviz.networks.graph import Graph
from cnnviz.networks.network import read_weights
from cnnviz.networks.recipe import Recipe
from cnnviz.training import checkpoint, recording
from cnnviz.training.run_plan import Plan

LONGEST_SENTENCE = 500

TINY = zoo.Architecture(
    "tiny",
    Graph(
        (32, 32, 3),
        (
            Conv("conv1", Window(3, stride=4, padding="same"), 2),
            BatchNorm("conv1_norm"),
            Flatten("flatten"),
            Dense("dense1", 10),
            Softmax("softmax"),
        ),
    ),
    Recipe("sgd", learning_rate=0.1, batch_size=5, epochs=2),
)
PLAN = Plan(TINY, TINY.recipe, 0, 20, "float32", ())


@dataclass(frozen=True)
class Case:
    """A file, and the card beside it. kind: "weights", "recording" or "checkpoint"."""

    kind: str
    content: bytes
    card: bytes = b""


def cases(generator: random.Random) -> Iterator[Case]:
    """Yield files, without end."""
    with _tiny():
        sound = {kind: _arrays(kind) for kind in ("weights", "recording", "checkpoint")}
    while True:
        kind = generator.choice(("weights", "weights", "recording", "checkpoint"))
        content = _packed(sound[kind], kind)
        choice = generator.random()
        if choice < 0.3:
            content = _changed_bytes(content, generator)
        elif choice < 0.9:
            content = _changed_arrays(sound[kind], kind, generator)
        card = json.dumps({"name": "tiny", "sha256": hashlib.sha256(content).hexdigest()}).encode()
        yield Case(kind, content, _changed_card(card, generator) if generator.random() < 0.2 else card)


def check(case: Case) -> str | None:
    """Read a file. Return None if that went well, else the sentence that refused it."""
    with tempfile.TemporaryDirectory() as name, _tiny(), warnings.catch_warnings():
        warnings.simplefilter("error")
        folder = Path(name)
        try:
            match case.kind:
                case "weights":
                    (folder / "tiny.npz").write_bytes(case.content)
                    (folder / "tiny.json").write_bytes(case.card)
                    weights, card = read_weights("tiny", folder)
                    assert weights.keys() == _arrays("weights").keys()
                    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}
                    assert card["sha256"] == hashlib.sha256(case.content).hexdigest()
                case "recording":
                    (folder / "tiny.recording.npz").write_bytes(case.content)
                    read = recording.read("tiny", folder)
                    assert all(len(array) == len(read) for array in read.weights.values())
                    assert read.probabilities.shape == (len(read), 20, 10)
                case "checkpoint":
                    (folder / "tiny.checkpoint.npz").write_bytes(case.content)
                    assert checkpoint.read(PLAN, folder) is not None
        except CnnvizError as error:
            sentence = str(error).replace(name, "FOLDER")
            assert len(sentence) <= LONGEST_SENTENCE, len(sentence)
            assert sentence.isprintable(), sentence
            return sentence
    return None


@contextmanager
def _tiny() -> Iterator[None]:
    """Know the network `TINY` for so long: files of the real ones are a thousand times as large."""
    before = bundled.ARCHITECTURES
    bundled.ARCHITECTURES = (*before, TINY)
    try:
        yield
    finally:
        bundled.ARCHITECTURES = before


@cache
def _arrays(kind: str) -> dict[str, np.ndarray]:
    """Return the arrays of a sound file."""
    shapes = TINY.graph.weight_shapes()
    numbers = np.random.default_rng(0)
    weights = {key: numbers.normal(size=shape).astype(np.float32) for key, shape in shapes.items()}
    if kind == "weights":
        return {key: array.astype(np.float16) for key, array in weights.items()}
    if kind == "recording":
        recorder = recording.Recorder(TINY, 4, 1)
        for step in (0, 1, 2, 4):
            recorder.record(step, weights, numbers.dirichlet(np.ones(10), 20), 0.5)
        with tempfile.TemporaryDirectory() as folder:
            recording.write(recorder.recording(), Path(folder))
            with np.load(recording.path("tiny", Path(folder))) as stored:
                return {key: stored[key] for key in stored.files}
    row = {"loss": 2.0, "accuracy": 0.3, "test_loss": 2.1, "test_accuracy": 0.2}
    state = {
        "identity": json.loads(json.dumps(PLAN.identity())),
        **{"epoch": 1, "step": 0, "sums": {"loss": 0.0, "accuracy": 0.0}, "history": [row]},
        **{"seconds": 1.5, "events": 900},
    }
    variables = {f"v{k}": array for k, array in enumerate(weights.values())}
    return {"state": np.frombuffer(json.dumps(state).encode(), np.uint8), **variables}


def _packed(arrays: dict[str, np.ndarray], kind: str) -> bytes:
    buffer = io.BytesIO()
    save = np.savez if kind == "checkpoint" else np.savez_compressed
    save(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _changed_bytes(content: bytes, generator: random.Random) -> bytes:
    """Return a file with a few bytes changed, cut out or put in; often in the archive's directory."""
    changed = bytearray(content)
    for _ in range(generator.randint(1, 5)):
        if not changed:
            break
        index = generator.randrange(len(changed))
        if generator.random() < 0.6:
            index = len(changed) - 1 - generator.randrange(min(len(changed), 600))
        match generator.randrange(6):
            case 0 | 1:
                changed[index] = generator.randrange(256)
            case 2:
                changed[index : index + 4] = generator.choice((b"\xff\xff\xff\xff", bytes(4), b"PK\x05\x06"))
            case 3:
                del changed[index : index + generator.choice((1, 4, 50))]
            case 4:
                changed[index:index] = bytes(
                    generator.randrange(256) for _ in range(generator.choice((1, 4, 50)))
                )
            case 5:
                del changed[index:]
    return bytes(changed)


def _changed_arrays(arrays: dict[str, np.ndarray], kind: str, generator: random.Random) -> bytes:
    """Return an archive whose arrays are others than they should be; its checksums are right."""
    entries = [(f"{key}.npy", _npy(array)) for key, array in arrays.items()]
    for _ in range(generator.randint(1, 2)):
        index = generator.randrange(len(entries)) if entries else 0
        name, npy = entries[index] if entries else ("x.npy", b"")
        match generator.randrange(9):
            case 0:
                entries = entries[:index] + entries[index + 1 :]
            case 1:
                entries.insert(
                    index, (generator.choice((name, "extra.npy", "../x.npy", ".npy", "v99.npy")), npy)
                )
            case 2:
                entries[index : index + 1] = [
                    (generator.choice(("conv1.kernel", name + "x", "\n" * 99)), npy)
                ]
            case 3:
                entries.insert(index, ("bomb.npy", _bomb()))
            case 4:
                entries[index : index + 1] = [(name, _changed_header(npy, generator))]
            case 5:
                cut = generator.choice(
                    (npy[: len(npy) // 2], npy + bytes(9), npy[:9], b"", npy[:6] + b"\x02" + npy[7:])
                )
                entries[index : index + 1] = [(name, cut)]
            case 6:
                entries[index : index + 1] = [(name, _npy(_changed_array(arrays, name, generator)))]
            case 7:
                entries[index : index + 1] = [(name, _changed_json(npy, generator))]
            case 8:
                entries += [(f"{k}.npy", b"") for k in range(generator.choice((1, 1200)))]
    methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    method = generator.choices(methods, (5, 10, 1, 1))[0]
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that occur twice
        with zipfile.ZipFile(buffer, "w", method, compresslevel=1) as archive:
            for name, npy in entries:
                archive.writestr(name, npy, zipfile.ZIP_DEFLATED if npy is _bomb() else None)
            archive.comment = generator.choice((b"",) * 9 + (b"a comment",))
    return buffer.getvalue()


@cache
def _bomb() -> bytes:
    """Return 20 MB of nothing, as an array."""
    return _npy(np.zeros(20_000_000, np.uint8))


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def _changed_header(npy: bytes, generator: random.Random) -> bytes:
    header = generator.choice(
        (
            "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }",
            "{'descr': '<f2', 'fortran_order': True, 'shape': (3, 3, 3, 2), }",
            "{'descr': '<f1', 'fortran_order': False, 'shape': (2,), }",
            "{'descr': '<f2', 'fortran_order': False, 'shape': (9999999999, 9999999999), }",
            "{'descr': '<f2', 'fortran_order': False, 'shape': (0, 9999999999), }",
            "{'descr': '<f2', 'fortran_order': False, 'shape': (-2,), }",
            "{'descr': '<f2', 'fortran_order': False, 'shape': (True,), }",
            "{'descr': [('a', '<f2')], 'fortran_order': False, 'shape': (2,), }",
            "{'descr': '<f2', 'fortran_order': False, 'shape': " + "(" * 400 + ")" * 400 + ", }",
            "{'descr': '<f2', 'fortran_order': False, 'shape': (" + "1, " * 99 + "), }",
            "[" * 9000,
            "__import__('os').abort()",
            "",
        )
    ).encode()
    size = generator.choice((len(header),) * 5 + (0, 65535))
    return npy[:8] + size.to_bytes(2, "little") + header + npy[128:]


def _changed_array(arrays: dict[str, np.ndarray], name: str, generator: random.Random) -> np.ndarray:
    array = arrays.get(name.removesuffix(".npy"), np.zeros(3))
    wild: tuple[Any, ...] = (np.nan, np.inf, -np.inf, -1, 0, 1e300, 127)
    with np.errstate(all="ignore"):
        return generator.choice(
            (
                array.astype(np.float64) * 1e30,
                np.full(array.shape, generator.choice(wild)),
                np.full(array.shape, generator.choice(wild)).astype(array.dtype),
                array[:-1] if array.ndim else array,
                array[np.newaxis],
                array.T,
                array.astype(generator.choice((">f4", "i8", "?", "c8", "U5", "V4"))),
                np.zeros(0, array.dtype),
                np.zeros((), array.dtype),
            )
        )


def _changed_json(npy: bytes, generator: random.Random) -> bytes:
    """Return an array of JSON with the JSON changed; another array with its numbers changed."""
    return _npy(np.frombuffer(_changed_card(npy[128:], generator), np.uint8))


def _changed_card(card: bytes, generator: random.Random) -> bytes:
    wild = generator.choice(
        (
            *(
                b"NaN",
                b"Infinity",
                b"1e999",
                b"9" * 5000,
                b"-1",
                b"true",
                b"null",
                b"[]",
                b'"\\ud800"',
                b'"\xff"',
            ),
            *(b"[" * 100_000, b'{"a":' * 100_000, b"{}", b'"x"', b"0", b""),
        )
    )
    return generator.choice(
        (
            wild,
            card.replace(b"{", b'{"extra": ' + wild + b", ", 1),
            card.replace(b'"tiny"', wild, 1),
            card.replace(b": 1,", b": " + wild + b",", 1),
            card.replace(b"{", b'{"sha256": 1, ', 1),
            card[: generator.randrange(len(card) + 1)],
            _changed_bytes(card, generator),
        )
    )

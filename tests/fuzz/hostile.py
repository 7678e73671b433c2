"""Values that nobody expects: what JSON can hold, and what a well-formed value becomes by small changes."""

from __future__ import annotations

import copy
import math
import random
from typing import Any

NUMBERS: tuple[Any, ...] = (
    *(0, 1, -1, 2, 3, 7, 31, 32, 33, 255, 256, 9_999, 10_000, 65_536, 2**31, 2**53 + 1, 2**63, -(2**64)),
    *(10**30, 0.5, -0.0, 1.5, 1e-320, 1e308, -1e308, math.nan, math.inf, -math.inf),
)
TEXTS = (
    *(
        "",
        " ",
        "0",
        "1",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "1e999",
        "nan",
        "inf",
        "-Infinity",
        "0x10",
        "1_000",
        "٣",
        "²",
    ),
    *(
        "None",
        "null",
        "true",
        "undefined",
        "__class__",
        "__proto__",
        "constructor",
        "toString",
        "auto",
        "all",
    ),
    *(
        "../../etc/passwd",
        "/dev/zero",
        "C:\\nul",
        "%00",
        "\x00",
        "\n",
        "\u202e",
        "\ud7ff",
        "한국어",
        "🙂" * 9,
    ),
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "{{7*7}}",
        "%s%n",
        "${HOME}",
        "' OR 1=1 --",
    ),
    *("conv1", "conv2", "dense1", "relu1", "max_pool1", "layer", "map", "en", "ko", "a" * 901, "9" * 5_000),
    *(
        ",",
        ",,",
        "1,2",
        "1,2,3",
        "1,",
        ",1",
        "1;2",
        "1,2," * 300,
        "sample-0",
        "sample--1",
        "upload",
        "test-0",
    ),
)
MAX_CHANGES = 3


def leaf(generator: random.Random) -> Any:
    """Return a number, a text, a truth value or null."""
    choice = generator.random()
    if choice < 0.5:
        return generator.choice(NUMBERS)
    if choice < 0.85:
        return generator.choice(TEXTS)
    return generator.choice((None, True, False))


def value(generator: random.Random, depth: int = 2) -> Any:
    """Return anything that JSON can hold."""
    choice = generator.random()
    if depth == 0 or choice < 0.6:
        return leaf(generator)
    size = generator.randrange(4)
    if choice < 0.8:
        return [value(generator, depth - 1) for _ in range(size)]
    return {generator.choice(TEXTS): value(generator, depth - 1) for _ in range(size)}


def changed(example: Any, generator: random.Random) -> Any:
    """Return a well-formed value with a few of its parts left out, replaced, doubled or wrapped."""
    result = copy.deepcopy(example)
    for _ in range(generator.randint(1, MAX_CHANGES)):
        result = _change(result, generator)
    return result


def _change(example: Any, generator: random.Random) -> Any:
    if isinstance(example, dict | list) and example and generator.random() < 0.85:
        at = generator.choice(list(example) if isinstance(example, dict) else range(len(example)))
        choice = generator.random()
        if choice < 0.2:
            del example[at]
        elif choice < 0.3 and isinstance(example, list):
            example.insert(at, copy.deepcopy(example[at]))
        else:
            example[at] = _change(example[at], generator)
        return example
    if isinstance(example, int | float) and generator.random() < 0.3:  # just beside what is allowed
        return example + generator.choice((-1, 1, 0.5, 1000))
    if generator.random() < 0.1:
        return generator.choice(([example], {"value": example}, str(example)))
    return value(generator)


def changed_text(text: str, generator: random.Random) -> str:
    """Return a text with a few characters left out, doubled, replaced or put in."""
    for _ in range(generator.randint(1, MAX_CHANGES)):
        at = generator.randrange(len(text) + 1)
        put = generator.choice(
            ("", text[at : at + 2] * 2, generator.choice("0123456789-+.,;@e x\n\x00é가"), "9" * 20)
        )
        text = text[:at] + put + text[at + generator.randrange(2) :]
    return text


def changed_bytes(content: bytes, generator: random.Random) -> bytes:
    """Return a file with a few of its bytes changed, left out, doubled or put in, or cut short."""
    for _ in range(generator.randint(1, MAX_CHANGES)):
        at = generator.randrange(len(content) + 1)
        count = generator.choice((1, 1, 2, 4, 16, 256))
        put = generator.choice(
            (b"", generator.randbytes(count), b"\xff" * count, bytes(count), content[at:][:count] * 2)
        )
        rest = b"" if generator.random() < 0.1 else content[at + generator.choice((0, len(put), count)) :]
        content = content[:at] + put + rest
    return content

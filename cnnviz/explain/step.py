"""Texts of the steps of a scene: calculations, sentences, and the decimals of their numbers.

Each line is a sequence of words and placeholders for numbers. The GIF writes them here; the browser gets the
same lines in its payload and fills in the numbers of the cell that it comes to, with `number` in
components/frontend/shared/numbers.js, which is `number` in text/numbers.py. Whether "=" or "≈" precedes
a result is computed here for all cells at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from string import Formatter
from typing import Any, Literal

import numpy as np

from cnnviz.explain.scene import Scene
from cnnviz.layers.base import SlidingOp
from cnnviz.text import translate
from cnnviz.text.numbers import as_written, constant, number, term

MAX_LISTED = 9
"""Most numbers that a sentence lists one by one."""
POINTED_DIGITS = 3
"""Decimals of a number under the pointer."""


# ---------------------------------------------------------------- decimals


@dataclass(frozen=True)
class Digits:
    """Decimals of a scene's non-integral numbers.

    Attributes:
        x, kernel, product: under the window, and in the addition of products.
        sum: of sums, of the bias and of the result.
        input: in the cells of the input. outputs: in the cells of each output.
    """

    x: int
    kernel: int
    product: int
    sum: int
    input: int
    outputs: tuple[int, ...]


def digits_of(scene: Scene) -> Digits:
    """Choose the decimals of a scene's numbers by their magnitude."""
    limit = max(scene.limits["x"])
    coarse, fine = decimals(limit), finer(limit)
    outputs = tuple(map(decimals, scene.limits["output"]))
    if scene.operation == "conv":
        kernel = scene.limits["kernel"]
        total = finer(scene.limits["sums"])
        under = total if scene.is_sum else coarse
        return Digits(under, decimals(kernel), decimals(limit * kernel), total, coarse, outputs)
    if scene.operation == "terms":
        total = finer(max(limit, *scene.limits["output"]))
        return Digits(fine, fine, fine, total, coarse, outputs)
    under = fine if scene.window.size[1] <= 3 else coarse
    return Digits(under, under, under, under, coarse, outputs)


def decimals(limit: float) -> int:
    """Return the decimals of numbers up to `limit`."""
    return 1 if limit >= 100 else 2 if limit >= 0.2 else 3


def finer(limit: float) -> int:
    """Return the decimals of sums up to `limit`, usually one more, so that additions add up."""
    return 1 if limit >= 1000 else 2 if limit >= 10 else 3


# ---------------------------------------------------------------- lines


@dataclass(frozen=True)
class Numbers:
    """A placeholder in a line for numbers of one output cell.

    Attributes:
        of: a name of `_Cells.values`.
        digits: their decimals.
        joined: "alone": one number; "listed": "1, −2"; "added": "1 − 2", with brackets "1 + (−2)".
        index: of the only one that is written, None = all of them.
        brackets: whether one below zero is put in brackets.
        bare: whether "≈0" is written as "0", after a sign that already says so.
    """

    of: str
    digits: int = 0
    joined: Literal["alone", "listed", "added"] = "alone"
    index: int | None = None
    brackets: bool = False
    bare: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the attributes that differ from the defaults."""
        named = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        return {name: value for name, (value, default) in named.items() if value != default}

    def write(self, values: np.ndarray) -> str:
        """Format numbers [n] of one output cell, without those that are NaN."""
        counted = values[~np.isnan(values)].tolist()
        if self.index is not None:
            counted = [counted[self.index]]
        if self.joined == "added" and not self.brackets:
            return " ".join((term if k else number)(value, self.digits) for k, value in enumerate(counted))
        texts = [number(value, self.digits) for value in counted]
        if self.bare:
            texts = [text.removeprefix("≈") for text in texts]
        if self.brackets:
            inside = self.joined != "added"  # the first term of an addition needs none
            texts = [
                f"({text})" if value < 0 and (k or inside) else text
                for k, (value, text) in enumerate(zip(counted, texts, strict=True))
            ]
        return (" + " if self.joined == "added" else ", ").join(texts)


Line = tuple[str | Numbers, ...]


@dataclass(frozen=True)
class Phrasing:
    """A line that describes the calculation of an output value.

    Attributes:
        exact: the line for cells where the rounded numbers give the rounded result exactly.
        rounded: the line for other cells, with "≈".
        shown: computes the result of the rounded numbers, [n] in millionths, for n cells.
        result: index of the output. digits: its decimals.
    """

    exact: Line
    rounded: Line
    shown: Callable[[_Cells], np.ndarray]
    result: int
    digits: int

    def write(self, scene: Scene, i: int, j: int) -> str:
        """Return the line of output cell (i, j)."""
        cells = _Cells(scene, np.array([i]), np.array([j]))
        line = self.rounded if self.is_rounded(cells)[0] else self.exact
        return "".join(
            part if isinstance(part, str) else part.write(cells.values(part.of)[0]) for part in line
        )

    def is_rounded(self, cells: _Cells) -> np.ndarray:
        """Return bool [n]: where the rounded numbers do not give the rounded result: "≈" is needed."""
        value, decimals = as_written(cells.values(f"output_{self.result}")[:, 0], self.digits)
        apart = np.abs(self.shown(cells) - value)
        return (decimals < 0) | (apart >= 0.5 * 10.0 ** (6 - np.maximum(decimals, 0)) * (1 - 1e-9))


@dataclass(frozen=True)
class _Cells:
    """Output cells of a scene: rows i and columns j, int [n]."""

    scene: Scene
    i: np.ndarray
    j: np.ndarray

    def values(self, of: str) -> np.ndarray:
        """Return numbers of each cell by name, float64 [n, count]; NaN for ignored padding."""
        scene, i, j = self.scene, self.i, self.j
        found: np.ndarray
        match of:
            case "row":
                found = i
            case "column":
                found = j
            case "x":
                found = self._patches()
            case "-x":
                found = -self._patches()
            case "products":
                assert scene.kernel is not None
                found = self._patches() * scene.kernel[..., 0].reshape(-1).astype(np.float64)
            case "total":
                assert scene.totals is not None
                found = scene.totals[i, j]
            case "count":
                assert scene.counts is not None
                found = scene.counts[i, j]
            case _:
                found = scene.arrays()[of][i, j]  # sums, output_0, output_1
        return found.astype(np.float64).reshape(len(i), -1)

    def written(self, of: str, digits: int) -> np.ndarray:
        """Return `values` as rounded for display, in millionths."""
        return as_written(self.values(of), digits)[0]

    def _patches(self) -> np.ndarray:
        """Return the first channel under the window, [n, kh * kw]; NaN where padding is ignored."""
        scene = self.scene
        height, width, _ = scene.x.shape
        rows = scene.rows[self.i][:, :, np.newaxis].astype(int)
        cols = scene.cols[self.j][:, np.newaxis, :].astype(int)
        inside = (rows >= 0) & (rows < height) & (cols >= 0) & (cols < width)
        values = scene.x[np.clip(rows, 0, height - 1), np.clip(cols, 0, width - 1), 0]
        outside = 0.0 if scene.operation == "conv" else np.nan
        return np.where(inside, values.astype(np.float64), outside).reshape(len(self.i), -1)


def sentences(scene: Scene, language: str) -> list[Phrasing]:
    """Return the sentence below the stepper for each output: "Row 3, column 5: 1 + 2 = 3"."""
    ways = []
    for k, (name, calculation) in enumerate(zip(scene.outputs, _spoken(scene, language), strict=True)):
        at = _line(translate("stepper.position", language), row=Numbers("row"), column=Numbers("column"))
        begin: Line = () if k else (*at, ": ")
        bare = name == "max" or (scene.operation == "conv" and calculation.total and not scene.bias)
        ways.append(_way(scene, calculation, k, language, "is" if bare else "spoken", begin))
    return ways


def captions(scene: Scene, language: str) -> list[list[Phrasing]]:
    """Return the captions of a frame, from the most detailed to the shortest.

    Returns:
        For each way those of all outputs.
    """
    made = [_written(scene, name, language) for name in scene.outputs]
    return [
        [_way(scene, calculation, k, language) for k, calculation in enumerate(one)]
        for one in zip(*made, strict=True)
    ]


def results(scene: Scene, language: str) -> list[Phrasing]:
    """Return the text before each result in the arithmetic: "mean 12 / 4 ="."""
    ways = []
    for k, (name, calculation) in enumerate(zip(scene.outputs, _spoken(scene, language), strict=True)):
        if scene.listed:
            calculation = calculation.called(())
        elif name == "conv":
            alone = scene.x.shape[2] == 1 and not scene.bias
            calculation = calculation.called((f"{translate('stepper.sum', language)} ",) if alone else ())
        elif name == "max":
            calculation = calculation.called((f"{translate('step.largest', language)} ",))
        elif name == "average":
            brief = _written(scene, name, language)[-1]
            calculation = brief.called((f"{translate('step.mean', language)}\n", *brief.left, " "))
        else:
            calculation = calculation.called((*calculation.left, " "))
        ways.append(_way(scene, calculation, k, language, "before"))
    return ways


def caption(scene: Scene, ways: list[Phrasing], i: int, j: int) -> str:
    """Return one of `captions` for output cell (i, j)."""
    return "  ·  ".join(way.write(scene, i, j) for way in ways)


def cell_sentences(scene: Scene, language: str, i: int, j: int) -> str:
    """Return the sentences of output cell (i, j)."""
    return " · ".join(way.write(scene, i, j) for way in sentences(scene, language))


def signs(scene: Scene, ways: list[Phrasing]) -> np.ndarray:
    """Return uint8 [OH, OW]: bit k is 1 where phrasing k needs "≈"."""
    rows, cols = np.indices(scene.output.shape).reshape(2, -1)
    cells = _Cells(scene, rows, cols)
    bits = [way.is_rounded(cells).astype(np.uint8) << k for k, way in enumerate(ways)]
    return np.bitwise_or.reduce(bits).astype(np.uint8).reshape(scene.output.shape)


def formula(scene: Scene | SlidingOp) -> str:
    """Return the formula of a pointwise function: "f(x) = max(0, x)"; "" for other operations."""
    if scene.operation != "pointwise":
        return ""
    slots: dict[str, str | Numbers | Line] = {"x": "x", "-x": "−x", "(x)": "x", **_constants(scene)}
    return f"f(x) = {''.join(map(str, _line(scene.formula, **slots)))}"


def channel_names(scene: Scene, language: str, *, rgb: bool) -> list[str]:
    """Return the names of the channels of x; an empty list if they have no names."""
    if rgb and scene.x.shape[2] == 3:
        return [translate(f"step.colour_{colour}", language) for colour in ("red", "green", "blue")]
    return list(scene.channel_names) or [translate(f"drill.term_{term}", language) for term in scene.terms]


# ---------------------------------------------------------------- calculations


@dataclass(frozen=True)
class _Calculation:
    """The left side of an equation, and the result of its rounded numbers as in `Phrasing.shown`."""

    left: Line
    shown: Callable[[_Cells], np.ndarray]
    total: bool = False  # whether it only names the terms

    def called(self, left: Line) -> _Calculation:
        return _Calculation(left, self.shown, self.total)


def _spoken(scene: Scene, language: str) -> list[_Calculation]:
    """Return the calculation of each output as spoken text: in full if there are few numbers."""
    if scene.is_sum:
        return [_sum_of_inputs(scene)]
    if scene.operation == "terms":
        return [_of_terms(scene)]
    if scene.operation == "conv":
        ways = _convolution(scene, language, spoken=True)
        channels, kernel = scene.x.shape[2], scene.kernel
        assert kernel is not None
        listed = channels > 1 or kernel.size <= MAX_LISTED
        return [ways["sums" if 1 < channels <= 3 else "products" if listed and channels == 1 else "total"]]
    few = scene.window.size[0] * scene.window.size[1] <= MAX_LISTED
    made = []
    for name in scene.outputs:
        detailed, *briefer = _written(scene, name, language)
        if name == "max":
            every = Numbers("x", digits_of(scene).x, "listed")
            said_many = _line(translate("step.said_many", language), n=Numbers("count"))
            detailed = detailed.called((every,) if few else said_many)
        elif name == "average" and not few:
            n, total = Numbers("count"), Numbers("total", digits_of(scene).sum)
            left = _line(translate("step.said_sum_of", language), n=n, total=total)
            detailed = briefer[-1].called((*left, " / ", n))
        made.append(detailed)
    return made


def _written(scene: Scene, name: str, language: str) -> list[_Calculation]:
    """Return the calculation of an output as formulas, from the most detailed to the shortest."""
    digits = digits_of(scene)
    x = digits.x
    if scene.is_sum:
        return [_sum_of_inputs(scene)]
    if name == "terms":
        return [_of_terms(scene)]
    if name == "conv":
        ways = _convolution(scene, language, spoken=False)
        channels = scene.x.shape[2]
        wanted = ["total"] if channels > 3 else ["sums", "total"] if channels > 1 else list(ways)
        return [ways[one] for one in wanted]
    if name == "pointwise":
        slots: dict[str, str | Numbers | Line] = {
            "x": Numbers("x", x),
            "-x": Numbers("-x", x),
            "(x)": Numbers("x", x, brackets=True),
            **_constants(scene),
        }
        return [_Calculation(_line(scene.formula, **slots), _applied)]
    if name == "max":
        first, last = (Numbers("x", x, index=k) for k in (0, -1))
        ends: list[Line] = [(Numbers("x", x, "listed"),), (first, ", …, ", last)]
        return [_Calculation(("max(", *end, ")"), _largest(x)) for end in ends]
    count, total = Numbers("count"), Numbers("total", digits.sum)
    return [
        _Calculation(("(", Numbers("x", x, "added"), ") / ", count), _mean("x", x)),
        _Calculation((total, " / ", count), _mean("total", digits.sum)),
    ]


def _sum_of_inputs(scene: Scene) -> _Calculation:
    """Return the addition of a layer's inputs: "0.31 + (−0.2)"."""
    digits = digits_of(scene).sum
    line = (Numbers("sums", digits, "added", brackets=True),)
    return _Calculation(line, lambda cells: cells.written("sums", digits).sum(axis=1))


def _constants(scene: Scene | SlidingOp) -> dict[str, str]:
    """Return the values of the placeholders "{a}", "{(a)}", "{b}", ... of a formula."""
    texts = {letter: constant(each) for letter, each in zip("abc", scene.constants, strict=False)}
    return texts | {f"({k})": f"({text})" if text.startswith("−") else text for k, text in texts.items()}


def _of_terms(scene: Scene) -> _Calculation:
    """Return the formula with the numbers of one cell: "0.31 × (−0.2)"."""
    digits, count = digits_of(scene).x, scene.x.shape[2]
    slots: dict[str, str | Numbers | Line] = {str(k): Numbers("sums", digits, index=k) for k in range(count)}
    slots |= _constants(scene)
    slots |= {f"({k})": Numbers("sums", digits, index=k, brackets=True) for k in range(count)}
    line = _line(scene.formula, **slots)

    def shown(cells: _Cells) -> np.ndarray:
        if not scene.sign:  # there are rounded constants in the formula
            return np.full(len(cells.i), np.inf)
        return cells.written("sums", digits).astype(np.float64).prod(axis=1) / 1e6 ** (count - 1)

    return _Calculation(line, shown)


def _convolution(scene: Scene, language: str, *, spoken: bool) -> dict[str, _Calculation]:
    """Return the calculations of a convolution, including the bias.

    Args:
        spoken: whether it is a sentence, which names the bias.
    """
    assert scene.kernel is not None
    digits, channels = digits_of(scene), scene.x.shape[2]
    bias = float(as_written(np.array(scene.bias), digits.sum)[0])
    plus = ""
    if scene.bias:
        sign, size = term(scene.bias, digits.sum).split(" ")
        plus = f" {sign} {translate('stepper.bias', language)} {size}" if spoken else f" {sign} {size}"

    def added(of: str, decimals: int, *left: str | Numbers) -> _Calculation:
        line = left or (Numbers(of, decimals, "added"),)
        return _Calculation(
            (*line, plus), lambda cells: cells.written(of, decimals).sum(axis=1) + bias, total=bool(left)
        )

    if channels > 3 and not spoken:
        name = translate("stepper.all_channels", language, n=channels)
    else:
        name = translate("step.all_products", language, n=scene.kernel.size)
    total = (f"{name} ", Numbers("total", digits.sum)) if scene.bias else (name,)
    ways = {"total": added("total", digits.sum, *total)}
    if 1 < channels <= 3:
        return {"sums": added("sums", digits.sum)} | ways
    if channels == 1:
        factors: list[str | Numbers] = []
        weights = scene.kernel[..., 0].reshape(-1).astype(np.float64)
        for k, weight in enumerate(weights.tolist()):
            text = number(weight, digits.kernel)
            sign = " + " if k else ""
            factors += [sign, Numbers("x", digits.x, index=k), f"×({text})" if weight < 0 else f"×{text}"]
        as_read = as_written(weights, digits.kernel)[0] * 1e-6

        def multiplied(cells: _Cells) -> np.ndarray:
            return (cells.written("x", digits.x) * as_read).sum(axis=1) + bias

        one_by_one = _Calculation((*factors, plus), multiplied)
        return {"factors": one_by_one, "products": added("products", digits.product)} | ways
    return ways


def _applied(cells: _Cells) -> np.ndarray:
    compute = cells.scene.compute
    assert compute is not None
    return 1e6 * compute(cells.written("x", digits_of(cells.scene).x)[:, 0] * 1e-6)


def _largest(digits: int) -> Callable[[_Cells], np.ndarray]:
    return lambda cells: np.nanmax(cells.written("x", digits), axis=1)


def _mean(of: str, digits: int) -> Callable[[_Cells], np.ndarray]:
    return lambda cells: np.nansum(cells.written(of, digits), axis=1) / cells.values("count")[:, 0]


def _way(
    scene: Scene,
    calculation: _Calculation,
    k: int,
    language: str,
    style: Literal["caption", "spoken", "is", "before"] = "caption",
    begin: Line = (),
) -> Phrasing:
    """Append the sign and the result to a calculation, as a formula or sentence, or the sign alone."""
    digits = digits_of(scene).sum
    value, left = Numbers(f"output_{k}", digits, bare=True), calculation.left
    lines: list[Line]
    if style == "before":
        lines = [(*left, "="), (*left, "≈")]
    elif style == "caption":
        lines = [(*left, " = ", value), (*left, " ≈ ", value)]
    elif style == "is":
        full = Numbers(f"output_{k}", digits)
        if scene.operation == "conv":
            line = _line(translate("step.said_products", language), numbers=left, value=full)
        else:
            line = _line(translate("step.said_max", language), numbers=left, value=full)
        lines = [line, line]
    else:
        lines = [
            _line(translate("step.said", language), calculation=left, value=value),
            _line(translate("step.said_rounded", language), calculation=left, value=value),
        ]
    exact, rounded = (_joined((*begin, *line)) for line in lines)
    return Phrasing(exact, rounded, calculation.shown, k, digits)


def _line(template: str, **slots: str | Numbers | Line) -> Line:
    """Fill the {placeholders} of a text with words, numbers and lines."""
    parts: list[str | Numbers] = []
    for words, name, _, _ in Formatter().parse(template):
        parts.append(words)
        if name is not None:
            slot = slots[name]
            parts += slot if isinstance(slot, tuple) else [slot]
    return _joined(tuple(parts))


def _joined(line: Line) -> Line:
    """Merge adjacent words."""
    parts: list[str | Numbers] = []
    for part in line:
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        elif part != "":
            parts.append(part)
    return tuple(parts)

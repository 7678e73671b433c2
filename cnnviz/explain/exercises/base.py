"""Base of all kinds of exercises: the subject, the exercise, its answer, its mistakes, and the kind.

An exercise is data: a question, its arrays, the right answer, the answers that known mistakes lead to, and
the arithmetic written out. A mistake's answer is computed by making the mistake, with the same functions that
compute the right one. `check` compares; a browser does so by the same rule from `Exercise.payload`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from cnnviz.data import registry
from cnnviz.data.dataset import DataSet, Samples
from cnnviz.errors import CnnvizError, as_finite, as_integer, invalid
from cnnviz.networks.graph import IMAGE, Graph, LayerInfo
from cnnviz.text import keys, translate
from cnnviz.text.classes import class_name
from cnnviz.text.kinds import layer_names
from cnnviz.text.numbers import number

LEVELS = (1, 2, 3)
OPTIONS = ("A", "B", "C", "D")
"""Names of options that are shown as pictures."""
EPSILON = 1e-9
"""Added to every tolerance, for the rounding errors of float64."""

Activations = Mapping[str, np.ndarray]


# ---------------------------------------------------------------- texts


@dataclass(frozen=True)
class Text:
    """A text of text/*.toml, with its values: numbers already written, or texts themselves."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def render(self, language: str) -> str:
        """Return the text in a language."""
        values = {name: rendered(value, language) for name, value in self.values.items()}
        return translate(self.key, language, **values)


@dataclass(frozen=True)
class Joined:
    """Several texts in a row."""

    parts: tuple[Any, ...]
    between: str = ", "

    def render(self, language: str) -> str:
        """Return the texts in a language, joined."""
        return self.between.join(rendered(part, language) for part in self.parts)


@dataclass(frozen=True)
class LayerName:
    """The displayed name of a layer of a network, by its name in code."""

    graph: Graph
    name: str

    def render(self, language: str) -> str:
        """Return the name in a language: "Convolution 1"."""
        return layer_names({info.name: info.kind for info in self.graph.layers}, language)[self.name]


@dataclass(frozen=True)
class ClassName:
    """The displayed name of a class of a data set, by its name there; "" = any."""

    name: str
    data_set: str

    def render(self, language: str) -> str:
        """Return the name in a language, or the data set's own if there is no other."""
        return class_name(self.name, language, self.data_set)


Words = Text | Joined | LayerName | ClassName | str
"""A text that is rendered when the language is known."""


def text(key: str, **values: Any) -> Text:
    """Return the text of `key` with its values: strings, integers, `Text`, `Joined` or names."""
    return Text(key, values)


def rendered(value: Any, language: str) -> str:
    """Return a value of a text in a language."""
    return value.render(language) if isinstance(value, Text | Joined | LayerName | ClassName) else str(value)


def network_text(name: str) -> Text | str:
    """Return the name of a network: a text, if there is one, or the name itself."""
    key = f"frame.model_{name}"
    return Text(key) if key in keys() else name


# ---------------------------------------------------------------- the subject


@dataclass(frozen=True)
class Rival:
    """One of two networks that are compared.

    Attributes:
        name: identifier. predict: uint8 [N, H, W, C] -> float [N, classes].
        right: for each sample the number of shifts under which the network is right; () if not counted.
    """

    name: str
    predict: Callable[[np.ndarray], np.ndarray]
    right: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Subject:
    """A page's data, from which exercises are made; a kind names the attributes that it needs.

    Attributes:
        image: uint8 [H, W, C], of the size of the data set. label: its class, or None for an upload.
        data_set: that the network was trained on.
        graph, weights: of the network; None if the page has none.
        activations_of: uint8 [H, W, C] -> {layer: output}, as `Network.activations`; None without a network.
        samples: other pictures; None if there are none.
        rivals: two networks to compare; () if there are none.
        layer, map: those that the page shows now, if any; kinds prefer them.
        stack: the Builder's, as in its links; a kind about layers asks about one of these.
    """

    image: np.ndarray
    data_set: DataSet
    label: int | None = None
    graph: Graph | None = None
    weights: Mapping[str, np.ndarray] | None = None
    activations_of: Callable[[np.ndarray], Activations] | None = None
    samples: Samples | None = None
    rivals: tuple[Rival, ...] = ()
    layer: str = ""
    map: int | None = None
    stack: str = ""

    def has(self, name: str) -> bool:
        """Return whether an attribute is there."""
        value = getattr(self, name)
        return value is not None and (not isinstance(value, tuple) or len(value) > 0)

    @property
    def network(self) -> Graph:
        """The network's graph.

        Raises:
            CnnvizError: if there is none.
        """
        if self.graph is None:
            raise invalid("graph", "must be given for this exercise", None)
        return self.graph

    def called(self, name: str) -> LayerName:
        """Return the displayed name of a layer, by its name in code."""
        return LayerName(self.network, name)

    def class_called(self, index: int) -> ClassName:
        """Return the displayed name of a class."""
        names = self.data_set.classes
        return ClassName(names[index], registry.names_of(names))

    def own_weights(self, info: LayerInfo) -> dict[str, np.ndarray]:
        """Return a layer's weights by name."""
        if self.weights is None:
            raise invalid("weights", "must be given for this exercise", None)
        return {name: self.weights[f"{info.name}.{name}"] for name in info.weight_shapes}

    def pick_map(self, page: str, generator: np.random.Generator) -> tuple[str, str, int]:
        """Draw a layer that a page is about, the layer before it, and a map: often those shown now."""
        choices = maps_before(self, page)
        layer, before = pick(generator, choices)
        map = int(generator.integers(self.network.shape(before)[2]))
        if self.map is not None and generator.integers(2):
            mine = [pair for pair in choices if pair[0] == self.layer]
            if mine and self.map < self.network.shape(mine[0][1])[2]:
                (layer, before), map = mine[0], self.map
        return layer, before, map

    def activations(self, image: np.ndarray | None = None) -> Activations:
        """Return the output of every layer for a picture; None = the subject's."""
        if self.activations_of is None:
            raise invalid("activations_of", "must be given for this exercise", None)
        return self._own_activations if image is None else self.activations_of(image)

    @cached_property
    def _own_activations(self) -> Activations:
        """The activations for the subject's picture; a kind may draw from them often."""
        assert self.activations_of is not None
        return self.activations_of(self.image)


# ---------------------------------------------------------------- the exercise


Role = Literal[
    "input", "kernel", "output", "bias", "sums", "before", "logits", "exponentials", "picture", "map",
    "option", "upstream", "gradient", "weights",
]  # fmt: skip
View = Literal["numbers", "brightness", "bytes", "map", "picture"]


@dataclass(frozen=True, eq=False)
class Shown:
    """An array that is shown with the question.

    Attributes:
        role: its role; those with the role "option" are the options of a `Choice`, in order.
        array: numbers: float [rows, cols], NaN = a cell that is not known yet, or "?"; brightness: the same,
            from 0 (black) to 9 (white); bytes: from 0 to 255; map: float [H, W], signed; picture: uint8
            [H, W, C].
        view: how it is drawn. label: a caption, or None.
        decimals: of numbers that are not integral.
        marked: (row, column, rows, columns) to be outlined, or None.
        question: (row, column) of the cell that is asked for, or None.
    """

    role: Role
    array: np.ndarray
    view: View = "numbers"
    label: Text | str | None = None
    decimals: int = 2
    marked: tuple[int, int, int, int] | None = None
    question: tuple[int, int] | None = None


@dataclass(frozen=True)
class Number:
    """The answer is a number. `allowed` is the distance due to rounding of the displayed numbers."""

    value: float
    allowed: float = 0.0
    unit: Text | None = None

    form: ClassVar[str] = "number"

    @property
    def values(self) -> tuple[float, ...]:
        """The right answer."""
        return (float(self.value),)


@dataclass(frozen=True)
class Numbers:
    """The answer is a few numbers, each with a label; `allowed` as for `Number`.

    `decimals`: as many as the question asks for, None if it sets none.
    """

    values: tuple[float, ...]
    allowed: float = 0.0
    labels: tuple[Words, ...] = ()
    decimals: int | None = None

    form: ClassVar[str] = "numbers"


@dataclass(frozen=True)
class Choice:
    """The answer is one of a few options: texts; with arrays, these are shown with the role "option"."""

    options: tuple[Words, ...]
    right: int

    form: ClassVar[str] = "choice"
    allowed: ClassVar[float] = 0.0

    @property
    def values(self) -> tuple[float, ...]:
        """The index of the right option."""
        return (float(self.right),)


Answer = Number | Numbers | Choice


@dataclass(frozen=True)
class Mistake:
    """A known mistake: the answer that it leads to (for a choice, the option's index), and its reason."""

    values: tuple[float, ...]
    reason: Text


@dataclass(frozen=True)
class Destination:
    """The page that shows an exercise's answer, and the choices in its link, {key: text}."""

    page: str
    link: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right; if not, the mistake that leads to it, or None if none is known."""

    correct: bool
    reason: Text | None = None


@dataclass(frozen=True, eq=False)
class Draft:
    """An exercise as a kind draws it.

    Attributes:
        question, explanation: the explanation has the arithmetic written out.
        answer: the right one. mistakes: the likelier ones first.
        shown: arrays, in the order in which they are read.
        destination: the page that shows the answer, or None.
    """

    question: Text
    answer: Answer
    mistakes: tuple[Mistake, ...]
    explanation: Text
    shown: tuple[Shown, ...] = ()
    destination: Destination | None = None


@dataclass(frozen=True, eq=False)
class Exercise(Draft):
    """An exercise. `kind`, `seed` and `level` make the same one of the same subject again."""

    kind: str = ""
    seed: int = 0
    level: int = 1

    @property
    def tolerance(self) -> float:
        """Distance from the answer, or from a mistake's, up to which a number counts as equal to it."""
        return self.answer.allowed + EPSILON

    def check(self, given: Any) -> Verdict:
        """Check an answer.

        Args:
            given: a number; several numbers; the index of an option.

        Raises:
            CnnvizError: if it is not of the form of the answer.
        """
        values = as_finite("given", np.atleast_1d(np.asarray(given)), ndim=1)
        if len(values) != len(self.answer.values):
            raise invalid("given", f"must be {len(self.answer.values)} numbers", given)
        if isinstance(self.answer, Choice) and values[0] not in range(len(self.answer.options)):
            raise invalid("given", f"must be an option in 0..{len(self.answer.options) - 1}", given)
        if _close(values, self.answer.values, self.tolerance):
            return Verdict(True)
        for mistake in self.mistakes:
            if _close(values, mistake.values, self.tolerance):
                return Verdict(False, mistake.reason)
        return Verdict(False)

    def payload(self, language: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return the exercise for a browser: a header of strict JSON, and arrays by name, for `pack`.

        The header: kind, seed, level, question, explanation, `answer` {form, values, tolerance, and labels
        with decimals, options or unit}, `mistakes` [{values, reason}], `shown` [{name of its array, role,
        view, label, decimals, marked, question}], `destination` {page, link} or null. The rule: an answer
        is right, or is a mistake's, if each of its numbers is within `tolerance` of it, the limit included.
        """
        answer = self.answer
        form: dict[str, Any] = {
            "form": answer.form,
            "values": list(map(float, answer.values)),
            "tolerance": self.tolerance,
        }
        if isinstance(answer, Choice):
            form["options"] = [rendered(option, language) for option in answer.options]
        elif isinstance(answer, Numbers):
            form["labels"] = [rendered(label, language) for label in answer.labels]
            form["decimals"] = answer.decimals
        elif answer.unit is not None:
            form["unit"] = answer.unit.render(language)
        shown = [
            {
                "name": f"shown_{k}",
                "role": each.role,
                "view": each.view,
                "label": None if each.label is None else rendered(each.label, language),
                "decimals": each.decimals,
                "marked": None if each.marked is None else list(map(int, each.marked)),
                "question": None if each.question is None else list(map(int, each.question)),
            }
            for k, each in enumerate(self.shown)
        ]
        header = {
            "kind": self.kind,
            "seed": self.seed,
            "level": self.level,
            "question": self.question.render(language),
            "explanation": self.explanation.render(language),
            "answer": form,
            "mistakes": [
                {"values": list(map(float, each.values)), "reason": each.reason.render(language)}
                for each in self.mistakes
            ],
            "shown": shown,
            "destination": self.destination and asdict(self.destination),
        }
        arrays = {
            f"shown_{k}": each.array if each.view == "picture" else each.array.astype(np.float32)
            for k, each in enumerate(self.shown)
        }
        return header, arrays


def _close(a: Sequence[float] | np.ndarray, b: Sequence[float], tolerance: float) -> bool:
    return all(abs(x - y) <= tolerance for x, y in zip(a, b, strict=True))


def distinct(answer: Answer, mistakes: Sequence[Mistake]) -> tuple[Mistake, ...]:
    """Return the mistakes that no answer could confuse with the right one or with an earlier mistake.

    Two are confused if one number can be within the tolerance of both.
    """
    kept: list[Mistake] = []
    for mistake in mistakes:
        taken = [answer.values, *(each.values for each in kept)]
        if not any(_close(mistake.values, values, 2 * (answer.allowed + EPSILON)) for values in taken):
            kept.append(mistake)
    return tuple(kept)


# ---------------------------------------------------------------- the kind


class Kind:
    """A kind of exercise.

    Class attributes:
        name: the kind's name in links and texts: `exercise.NAME` is its title.
        pages: the pages that it belongs to.
        needs: attributes of the `Subject` without which there is no such exercise.
        least_mistakes: an exercise that knows fewer mistakes is drawn again.
        attempts: so often it is drawn before the kind gives up on a subject.
    """

    name: ClassVar[str]
    pages: ClassVar[tuple[str, ...]]
    needs: ClassVar[tuple[str, ...]] = ()
    least_mistakes: ClassVar[int] = 2
    attempts: ClassVar[int] = 60

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise, or return None if the drawn one is ambiguous or its numbers are too long."""
        raise NotImplementedError

    def suits(self, subject: Subject) -> bool:
        """Return whether a subject has the attributes that the kind needs."""
        return all(subject.has(name) for name in self.needs)

    def make(self, subject: Subject, seed: int, level: int = 1) -> Exercise:
        """Make an exercise: the same one for the same subject, seed and level.

        Args:
            subject: the page's data. seed: >= 0. level: 1 (easy) to 3.

        Raises:
            CnnvizError: with the reason "no_exercise", if the subject lacks something or allows no exercise
                that is unambiguous, such as a picture of one colour; or if an argument is out of range.
        """
        seed = as_integer("seed", seed, minimum=0)
        if level not in LEVELS:
            raise invalid("level", "must be 1, 2 or 3", level)
        if self.suits(subject):
            for attempt in range(self.attempts):
                state = [zlib.crc32(self.name.encode()), level, seed, attempt]
                draft = self.draw(subject, level, np.random.default_rng(state))
                if draft is None:
                    continue
                mistakes = distinct(draft.answer, draft.mistakes)
                if len(mistakes) >= self.least_mistakes:
                    parts = {each.name: getattr(draft, each.name) for each in fields(Draft)}
                    made = parts | {"mistakes": mistakes}
                    return Exercise(**made, kind=self.name, seed=seed, level=level)
        raise CnnvizError(
            f"`subject` must allow an exercise of the kind {self.name!r}. Received: none without ambiguity.",
            reason="no_exercise",
        )


# ---------------------------------------------------------------- what several kinds use


def maps_before(subject: Subject, page: str) -> list[tuple[str, str]]:
    """Return (layer, the layer before it) for the layers of maps that a page is about.

    One that takes the picture itself has no maps before it.
    """
    return [
        (info.name, before)
        for info in subject.network
        if info.layer.page == page and len(info.output_shape) == 3
        if (before := subject.network.shown_inputs(info.name)[0]) != IMAGE
    ]


def rounded(values: Any, decimals: int) -> np.ndarray:
    """Return numbers as they are written with `decimals` decimals, float64 of the same shape."""
    return np.asarray(np.round(np.asarray(values, np.float64), decimals) + 0.0)  # no negative zero


def bracketed(value: float, decimals: int = 2) -> str:
    """Return a number, in brackets if it is negative.

    >>> bracketed(-2.5), bracketed(3.0)
    ('(−2.50)', '3')
    """
    words = number(value, decimals)
    return f"({words})" if value < 0 else words


def short(value: float, most: int = 4) -> str:
    """Return a number with the decimals that it has, at most `most`, apart from errors of float64.

    >>> short(0.1 + 0.2), short(-1.0), short(0.0625, 3)
    ('0.3', '−1', '0.063')
    """
    value = round(value, 9)
    exact = (n for n in range(1, most) if abs(round(value, n) - value) < EPSILON)
    return number(value, next(exact, most))


def short_bracketed(value: float, most: int = 4) -> str:
    """Return the same, in brackets if it is negative.

    >>> short_bracketed(-0.25)
    '(−0.25)'
    """
    return f"({short(value, most)})" if value < 0 else short(value, most)


def furthest(a: np.ndarray, b: np.ndarray) -> tuple[int, ...]:
    """Return the index at which two arrays differ most; of equals the first."""
    return tuple(int(n) for n in np.unravel_index(np.abs(a - b).argmax(), a.shape))


def pick(generator: np.random.Generator, options: Sequence[Any]) -> Any:
    """Return one of some options, each as likely."""
    return options[int(generator.integers(len(options)))]

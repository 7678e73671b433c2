"""Exercise: the one of four kernels that made a map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic import ops, transform
from cnnviz.arithmetic.kernels import CLASSIC, LUMA_WEIGHTS
from cnnviz.explain.exercises import grids
from cnnviz.explain.exercises.base import (
    OPTIONS,
    Choice,
    Destination,
    Draft,
    Kind,
    Mistake,
    Shown,
    Subject,
    furthest,
    pick,
    text,
)
from cnnviz.networks.graph import IMAGE
from cnnviz.text.numbers import number

EASY = ("sobel_x", "sobel_y", "laplacian", "blur", "emboss")
LEAST_DIFFERENCE = (0.12, 0.06, 0.05)
"""Mean difference of two maps, each divided by its largest number, by level."""
LEAST_CONTRAST = 0.03
"""Standard deviation of a map, divided by its largest number."""


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A kernel, how it is shown, its map, and where the convolution page has it; None if it does not."""

    shown: Shown
    map: np.ndarray
    link: dict[str, str] | None


class WhichKernel(Kind):
    """The kernel, of four, that made a map.

    Level 1: classic kernels that differ much. Level 2: one of them turned round. Level 3: trained filters of
    the first layer; without a network as level 2.
    """

    name = "which_kernel"
    pages = ("convolution",)
    least_mistakes = 3

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        candidates = _trained(subject, generator) if level == 3 else None
        if candidates is None:
            candidates = _classic(subject, level, generator)
        right = int(generator.integers(len(candidates)))
        maps = [candidate.map for candidate in candidates]
        if _ambiguous(maps, right, LEAST_DIFFERENCE[level - 1]):
            return None
        wrong = []
        for k, other in enumerate(maps):
            if k != right:
                row, col = furthest(_scaled(maps[right]), _scaled(other))
                reason = text(
                    "exercise.which_kernel_wrong_other",
                    row=row,
                    col=col,
                    value=number(float(maps[right][row, col])),
                    theirs=number(float(other[row, col])),
                )
                if np.allclose(other, -maps[right], atol=1e-6):
                    reason = text("exercise.which_kernel_wrong_turned")
                wrong.append(Mistake((float(k),), reason))
        row, col = (int(n) for n in np.unravel_index(np.abs(maps[right]).argmax(), maps[right].shape))
        return Draft(
            question=text(
                f"exercise.which_kernel_{'trained' if candidates[0].shown.view == 'picture' else 'classic'}"
            ),
            answer=Choice(tuple(OPTIONS[: len(candidates)]), right),
            mistakes=tuple(wrong),
            explanation=text(
                "exercise.which_kernel_explanation",
                row=row,
                col=col,
                value=number(float(maps[right][row, col])),
            ),
            shown=(
                Shown("picture", _seen(subject.image, candidates[0]), "picture"),
                Shown("map", maps[right], "map"),
                *(candidate.shown for candidate in candidates),
            ),
            destination=None
            if (link := candidates[right].link) is None
            else Destination("convolution", link | {"cell": f"{row},{col}"}),
        )


def _seen(image: np.ndarray, candidate: _Candidate) -> np.ndarray:
    """Return the picture as the kernel sees it: grey for one of a single channel."""
    return image if candidate.shown.view == "picture" else transform.grey(image)


def _ambiguous(maps: list[np.ndarray], right: int, least: float) -> bool:
    """Return whether a map is flat, or another kernel's looks like the right one's."""
    scaled = [_scaled(each) for each in maps]
    return any(float(each.std()) < LEAST_CONTRAST for each in scaled) or any(
        float(np.abs(a - b).mean()) < least for k, a in enumerate(scaled) for b in scaled[:k]
    )


def _scaled(map: np.ndarray) -> np.ndarray:
    return np.asarray(map / (np.abs(map).max() or 1.0))


def _classic(subject: Subject, level: int, generator: np.random.Generator) -> list[_Candidate]:
    """Return four classic kernels on the picture's brightness, as the convolution page has them."""
    picture = subject.data_set.preprocess(subject.image)
    x = (picture @ LUMA_WEIGHTS)[..., np.newaxis] if picture.shape[2] == 3 else picture
    names = [str(name) for name in generator.permutation(EASY)][: 4 if level == 1 else 3]
    kernels = {name: CLASSIC[name] for name in names}
    if level > 1:
        sobel = str(pick(generator, ("sobel_x", "sobel_y")))
        kernels = {sobel: CLASSIC[sobel]} | dict(list(kernels.items())[:3])
        kernels = dict(list(kernels.items())[:3]) | {"turned": np.flip(CLASSIC[sobel])}
    found = []
    for name in (str(each) for each in generator.permutation(list(kernels))):
        kernel = kernels[name]
        made = ops.conv2d(x, kernel[..., np.newaxis, np.newaxis], padding="valid")[
            ..., 0
        ]  # no frame of zeros
        link = {"kernel": "classic", "classic": name, "input": "grey", "padding": "valid"}
        if name == "turned":
            link = {"kernel": "typed", "weights": grids.typed(kernel), "input": "grey", "padding": "valid"}
        decimals = 2 if (kernel % 1).any() else 0
        found.append(_Candidate(Shown("option", kernel, decimals=decimals), made, link))
    return found


def _trained(subject: Subject, generator: np.random.Generator) -> list[_Candidate] | None:
    """Return four filters of the first convolution, drawn as pictures; None if fewer see colours."""
    if subject.graph is None or subject.weights is None or subject.image.shape[2] != 3:
        return None
    for info in subject.graph:
        if info.layer.filters and info.inputs == (IMAGE,) and info.output_shape[2] >= len(OPTIONS):
            own = subject.own_weights(info)
            x = subject.data_set.preprocess(subject.image)
            found = []
            for k in generator.choice(info.output_shape[2], len(OPTIONS), replace=False):
                kernel = own["kernel"][..., k]
                op = info.layer.sliding_op([x], own, int(k))
                if op is None or op.kernel is None or kernel.shape[2] != 3:
                    return None
                made = ops.conv2d(
                    op.x,
                    op.kernel[..., np.newaxis],
                    [op.bias],
                    stride=op.window.stride,
                    padding=op.window.padding,
                    dilation=op.window.dilation,
                )[..., 0]
                grey = np.rint(127.5 + 127.5 * _scaled(kernel)).astype(np.uint8)
                own_window = grids.convolution_choices(op.window)
                link = {"kernel": "trained", "convolution_layer": info.name, "map": str(int(k))}
                shown = Shown("option", grey, "picture")
                found.append(_Candidate(shown, made, None if own_window is None else link | own_window))
            return found
    return None

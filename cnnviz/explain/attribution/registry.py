"""All methods of attribution, by name."""

from __future__ import annotations

from cnnviz.errors import invalid
from cnnviz.explain.attribution.base import Method
from cnnviz.explain.attribution.grad_cam import GradCam
from cnnviz.explain.attribution.integrated_gradients import IntegratedGradients
from cnnviz.explain.attribution.occlusion import Occlusion
from cnnviz.explain.attribution.saliency import Saliency
from cnnviz.explain.attribution.smooth_grad import SmoothGrad

METHODS: tuple[Method, ...] = (GradCam(), Occlusion(), Saliency(), SmoothGrad(), IntegratedGradients())
"""In the order of the page; the first is the default."""


def names() -> list[str]:
    """Return the names of all methods."""
    return [method.name for method in METHODS]


def get(name: str) -> Method:
    """Return a method.

    Raises:
        CnnvizError: if there is none of that name.
    """
    for method in METHODS:
        if method.name == name:
            return method
    raise invalid("method", f"must be one of {', '.join(names())}", name)

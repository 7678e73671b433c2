"""A page's background computation with a loaded network: request, progress, cancellation."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st

from cnnviz.errors import CnnvizError
from cnnviz.explain.attribution.base import Progress
from cnnviz.hosting import script_turns
from cnnviz.networks.network import Network
from cnnviz.pages import inference, jobs, link, model_cache
from cnnviz.pages.byte_cache import cache_key
from cnnviz.pages.translation import t
from cnnviz.text.rounding import percent

T = TypeVar("T")

WAIT = 0.4
"""Seconds that a run waits for a result; after them it shows the progress."""


@dataclass(frozen=True)
class Request(Generic[T]):
    """A computation that the page asks for.

    Attributes:
        model: the network. key: all that the result depends on, the weights' digest included.
        compute: takes the loaded network.
        job: that computes it; None if the visitor has cancelled it.
    """

    model: str
    key: Hashable
    compute: Callable[[Network, Progress], T]
    job: jobs.Job[T] | None

    @property
    def result(self) -> T | None:
        """The result; None until it is there."""
        return None if self.job is None else self.job.result

    def ask(self) -> jobs.Job[T]:
        """Return the job, and say that it is still wanted."""
        return jobs.jobs().start(self.key, lambda progress: _run(self.model, self.compute, progress))

    def draw(self) -> None:
        """Draw the progress with a way to cancel, or what went wrong; nothing if the result is there."""
        if self.result is None:
            link.keep_unasked()  # choices of the views that are drawn once it is there
        if self.job is None:
            st.caption(t("reasons.cancelled"))
            st.button(t("reasons.again"), on_click=lambda: st.session_state.pop(_CANCELLED, None))
        elif self.result is None:
            self.check()
            _progress(self)

    def check(self) -> None:
        """Raise what went wrong, before a view is drawn that would wait for the result.

        Raises:
            CnnvizError: the computation's own, or with the reason "not_computed".
        """
        error = None if self.job is None else self.job.error
        if isinstance(error, CnnvizError):
            raise error
        if error is not None:
            raise CnnvizError(f"{self.model} cannot compute this.", reason="not_computed")


_CANCELLED = "background.cancelled"


def request(model: str, what: tuple[object, ...], compute: Callable[[Network, Progress], T]) -> Request[T]:
    """Ask for a computation, and wait for it a moment.

    Args:
        model: name of the network.
        what: all that the result depends on, besides the weights.
        compute: takes the loaded network, and a function to report progress to.
    """
    key = cache_key((model_cache.reference(model), *what))
    stopped = st.session_state.get(_CANCELLED) == key
    made = Request(model, key, compute, None)
    if stopped:
        return made
    job = made.ask()
    with script_turns.waiting():
        job.wait(WAIT)
    return Request(model, key, compute, job)


def _run(model: str, compute: Callable[[Network, Progress], T], progress: Progress) -> T:
    engine = inference.engine()
    if engine.loaded(model) is None:
        engine.wait(model)
    network = engine.loaded(model)
    if network is None:
        raise CnnvizError(f"{model} cannot be loaded.", reason="not_computed")
    return compute(network, progress)


@st.fragment(run_every=0.5)
def _progress(request: Request[T]) -> None:
    job = request.ask()
    if job.finished:
        st.rerun()
    if inference.engine().loaded(request.model) is None:
        st.caption(t("reasons.loading"))
        return
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.progress(job.share, t("reasons.computing", percent=percent(job.share, 0)))
    if right.button(t("reasons.cancel"), key=f"background_cancel_{zlib.crc32(repr(request.key).encode())}"):
        job.cancel()
        st.session_state[_CANCELLED] = request.key
        st.rerun()

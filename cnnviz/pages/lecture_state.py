"""The visitor's current step of the lecture, and its layout."""

from __future__ import annotations

from cnnviz.explain import lecture
from cnnviz.pages import link


def in_lecture(page: str) -> bool:
    """Return whether the current step of the lecture is on this page."""
    step = lecture_step()
    return step is not None and step.page == page


def presenting() -> bool:
    """Return whether the lecture is shown in the presenter layout."""
    return lecture_step() is not None and bool(link.value("present", False, link.truth))


def is_about(heading: str) -> bool:
    """Return whether the lecture's step is about the part of the page with this heading (a text's key)."""
    step = lecture_step()
    return step is not None and step.look == heading


def lecture_step() -> lecture.Step | None:
    """Return the current step of the lecture, or None outside the lecture."""
    name = str(link.value("lecture", "", lambda name: lecture.find(name).name))
    return lecture.find(name) if name else None

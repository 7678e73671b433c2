"""Exercises over HTTP: each at its own address, and nothing else there."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.explain.exercises import registry
from cnnviz.explain.worksheet import MAX_SEED
from cnnviz.pages.exercise_files import source, subject
from tests.protocol.test_drill_files import ask
from tests.thorough import either
from tests.unpack import unpack

IMAGES, LABELS = samples().images, samples().labels
ADDRESS = source("keras_lecture", "sample-3", "en", IMAGES[3]).address
NAMES = [kind.name for kind in registry.kinds()]


@pytest.mark.parametrize(
    ("name", "language"), [(name, language) for k, name in enumerate(NAMES) for language in either(k)]
)
def test_an_address_gives_the_exercise_that_the_picture_and_the_network_make(
    server: str, name: str, language: str
) -> None:
    about = subject("keras_lecture", IMAGES[3], int(LABELS[3]))
    wanted, arrays = registry.kind(name).make(about, 5, 2).payload(language)
    status, content, kept = ask(f"{server}{ADDRESS}/{name}/2/5?picture=sample-3&lang={language}")
    assert (status, kept) == (200, "private, max-age=300")
    found, sent = unpack(content)
    for key in ("kind", "seed", "level", "question", "answer", "mistakes", "destination"):
        assert found[key] == wanted[key]
    assert set(sent) == set(arrays)


def test_a_visitors_own_picture_is_sent_along(server: str) -> None:
    named = ask(f"{server}{ADDRESS}/next_cell/1/5?picture=sample-3&lang=en")[1]
    own = source("keras_lecture", "upload", "en", IMAGES[3])
    assert own.image is not None
    status, content, _ = ask(f"{server}{own.address}/next_cell/1/5?{own.query}", own.image.tobytes())
    assert (status, content) == (200, named)


def test_an_address_names_the_stack_that_an_exercise_is_about(server: str) -> None:
    own = source("keras_lecture", "sample-3", "en", IMAGES[3], "c6k5-r-f-d10")
    status, content, _ = ask(f"{server}{own.address}/parameter_count/1/5?{own.query}")
    found, _ = unpack(content)
    about = subject("keras_lecture", IMAGES[3], int(LABELS[3]), "c6k5-r-f-d10")
    wanted = registry.kind("parameter_count").make(about, 5, 1)
    assert (status, found["question"]) == (200, wanted.question.render("en"))
    assert wanted.question.key == "exercise.parameter_count_changed"


def test_a_picture_of_one_colour_allows_no_exercise(server: str) -> None:
    grey = np.full_like(IMAGES[3], 128).tobytes()
    status, content, _ = ask(f"{server}{ADDRESS}/next_cell/1/5?lang=en", grey)
    assert (status, content) == (422, b"")


@pytest.mark.parametrize(
    ("address", "body"),
    [
        (f"{ADDRESS}/nothing/1/5?picture=sample-3&lang=en", None),
        (f"{ADDRESS}/next_cell/9/5?picture=sample-3&lang=en", None),
        (f"{ADDRESS}/next_cell/1/{MAX_SEED + 1}?picture=sample-3&lang=en", None),
        (f"{ADDRESS}/next_cell/1/{'9' * 5000}?picture=sample-3&lang=en", None),
        (f"{ADDRESS}/next_cell/1/-1?picture=sample-3&lang=en", None),
        (f"{ADDRESS}/next_cell/1/5?picture=sample-999999&lang=en", None),
        (f"{ADDRESS}/next_cell/1/5?picture=train-%EF%BC%91&lang=en", None),
        (f"{ADDRESS}/next_cell/1/5?picture=../../etc/passwd&lang=en", None),
        (f"{ADDRESS}/next_cell/1/5?picture=sample-3&lang=xx", None),
        (f"{ADDRESS}/parameter_count/1/5?picture=sample-3&lang=en&stack=c6-<b>", None),
        (f"{ADDRESS}/next_cell/1/5", None),
        (f"{ADDRESS}/next_cell/1/5?lang=en", b"\0" * 3071),
        (f"{ADDRESS}/next_cell/1/5?lang=en", b"\0" * 100_000),
        (f"{ADDRESS[:-1]}x/next_cell/1/5?picture=sample-3&lang=en", None),
        ("/cnnviz/exercise/nobody/0/next_cell/1/5?picture=sample-3&lang=en", None),
    ],
)
def test_what_is_not_there_is_refused(server: str, address: str, body: bytes | None) -> None:
    status, content, _ = ask(f"{server}{address}", body)
    assert status in (400, 404)
    assert b"Traceback" not in content

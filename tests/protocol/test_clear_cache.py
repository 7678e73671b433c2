"""The message that clears Streamlit's caches, which every visitor may send, costs nobody what matters."""

from __future__ import annotations

from tests.protocol.visitor import Visitor, visit
from tests.training.test_runs import until


def stop_button(visitor: Visitor) -> bool:
    return any(each.endswith("-training_stop") for each in visitor.widgets())


def test_a_run_keeps_its_stop_button(server: str) -> None:
    with visit(server) as visitor, visit(server) as other:
        visitor.run("training", "lang=en&training_network=mlp&training_epochs_mlp=100")
        visitor.run(training_start=True)
        assert stop_button(visitor)
        other.run("", "lang=en")
        other.clear_cache()
        other.run("training")
        assert stop_button(other)
        visitor.run()
        assert stop_button(visitor)
        (watched,) = visitor.fragments
        assert visitor.run(fragment=watched) == 1  # as browsers do every second
        visitor.run(training_stop=True)
        until(lambda: visitor.run() and not stop_button(visitor))
        assert not visitor.drawn("exception")


def test_who_sends_it_goes_on(server: str) -> None:
    with visit(server) as visitor:
        for page in ("comparison", "learning", "builder", "exercises"):
            visitor.run(page, "lang=en&picture=sample-3&model=keras_lecture&lecture=relu")
            shown = visitor.query
            inner_first = [*visitor.fragments][::-1]  # to run an outer one may end an inner one
            for fragment in [*inner_first, ""]:  # a part of the page that polls or is used, then all
                visitor.clear_cache()
                visitor.run(fragment=fragment, query=shown)
                assert not visitor.drawn("exception"), page
                assert visitor.query == shown

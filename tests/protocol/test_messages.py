"""Components' messages together with a press on a link."""

from __future__ import annotations

import json

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from cnnviz.hosting.resending import AFTER, BEFORE
from tests.protocol.visitor import Visitor, visit

ROUNDS = 6
"""Now and then the server is quicker than the second message."""


@pytest.mark.parametrize("order", ["tile link", "link tile", "link begins tile"])
def test_a_picture_that_is_pressed_together_with_a_link_is_on_the_page(server: str, order: str) -> None:
    for _ in range(ROUNDS):
        with visit(server) as visitor:
            press(visitor, order)


def press(visitor: Visitor, order: str) -> None:
    """Press a picture and a link, and wait until both are there; "begins": the link's run has, in between."""
    visitor.run("", "lang=en")
    link, tile = BackMsg(), BackMsg()
    link.rerun_script.page_script_hash = page = visitor.pages["dense"]
    link.rerun_script.is_history_navigation = True
    tile.rerun_script.page_script_hash = visitor.page
    tile.rerun_script.widget_states.widgets.add(
        id=f"{BEFORE}{visitor.widget('thumbnails_sample')}{AFTER}",
        json_trigger_value=json.dumps([{"event": "selection", "value": 2}]),
    )
    for step in order.split():
        if step == "begins":
            visitor.read_until(lambda: visitor.page == page)
        else:
            visitor.send({"tile": tile, "link": link}[step])
    visitor.read_until(lambda: visitor.page == page and "picture=sample-2" in visitor.query)

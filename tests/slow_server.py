"""The app on a slow line: `python -m tests.slow_server run app.py`, as `python -m streamlit run app.py`.

The parts of a page come one after the other, as on a machine that is busy: a test that reads what has not
come yet fails.
"""

import asyncio
import random

from starlette.websockets import WebSocket
from streamlit.web.cli import main

BETWEEN = 0.02, 0.08
"""Seconds that each message to a browser waits for, at least and at most."""
OFTEN = (1,) * 19 + (10,)
"""Factors of the delay: occasionally a part is late."""
_send = WebSocket.send_bytes


async def _send_later(socket: WebSocket, data: bytes) -> None:
    await asyncio.sleep(random.uniform(*BETWEEN) * random.choice(OFTEN))
    await _send(socket, data)


if __name__ == "__main__":
    WebSocket.send_bytes = _send_later  # type: ignore[method-assign]
    main(prog_name="streamlit")

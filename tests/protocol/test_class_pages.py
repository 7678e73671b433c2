"""A class that turns to a page at once: what one session has made is what each of them would have made."""

from __future__ import annotations

import asyncio

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from cnnviz.hosting.class_pages import FEWEST
from cnnviz.text import translate
from tests.coroutines import complete
from tests.visitor import Answer, Visitor

ROOM = "room=K7M2QX&lang=ko"


class Student(Visitor):
    """Notes what is drawn."""

    drawn: list[tuple[tuple[int, ...], bytes]]

    def _note(self, message: ForwardMsg, answer: Answer) -> None:
        super()._note(message, answer)
        if message.WhichOneof("type") == "new_session":
            self.drawn, self.own = [], message.new_session.initialize.session_id
        if message.WhichOneof("type") == "delta" and not message.delta.new_element.HasField(
            "download_button"
        ):
            # an address for a file is each session's own
            self.drawn.append((tuple(message.metadata.delta_path), message.delta.SerializeToString()))


async def follow(student: Student, page: str, query: str, number: int) -> Answer:
    target = {"page": page, "query": query, "number": number, "picture": ""}
    return await student.trigger("room", "follow", target)


async def own_run(student: Student) -> None:
    """Wait until the student's own session has made the page, too."""
    async for message in student.messages(Answer()):
        if message.script_finished == 0 and message.HasField("script_finished"):
            return


def test_class_sees_what_each_would_see_and_goes_on_from_there(server: str) -> None:
    async def turn() -> None:
        students = [Student(server) for _ in range(FEWEST)]
        for student in students:
            await student.__aenter__()
            await student.open("join", ROOM)
        await asyncio.gather(*(follow(student, "relu", "", 2) for student in students))  # all are known now
        answers = await asyncio.gather(*(follow(student, "pooling", "cell=1,1", 3) for student in students))
        assert not any(answer.exceptions for answer in answers)
        assert {answer.query for answer in answers} == {"lang=ko&room=K7M2QX&cell=1%2C1&digest=050bdbf0"}
        assert len({student.session for student in students}) == len(students)  # nobody is the model
        *idle, hasty, busy = students
        # what the model's page offers is made for them, too
        assert await hasty.download(translate("take_along.gif", "ko"))
        await busy.set("map", 3.0)  # before their own session has the page
        async with asyncio.timeout(180):
            async for _ in busy.messages(Answer()):
                if "map=3" in busy.query:
                    break
        seen = [student.drawn for student in idle]
        assert all(drawn == seen[0] for drawn in seen)
        await asyncio.gather(*map(own_run, idle))
        assert [student.drawn for student in idle] == seen
        for student in students:
            await student.__aexit__()

    complete(turn())

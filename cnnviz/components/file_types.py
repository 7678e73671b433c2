"""Which files the system's dialog offers first for the uploader beside it."""

from collections.abc import Iterable

from cnnviz.components import register

_mount = register("file_types")


def file_types(types: Iterable[str]) -> None:
    """Let the dialog of the uploader in the same container offer these files; others can be chosen too.

    `st.file_uploader(type=...)` would also refuse files by their names: a JPEG without an ending, say.

    Args:
        types: such as "image/png" or ".png".
    """
    _mount(data={"accept": ",".join(types)}, key="file_types")

"""The file types that the dialog of a file uploader offers."""

from collections.abc import Iterable

from cnnviz.components import register

_mount = register("file_types")


def file_types(types: Iterable[str]) -> None:
    """Set the file types that the uploader in the same container offers first.

    `st.file_uploader(type=...)` would also refuse files by their names: a JPEG without an ending, say.

    Args:
        types: such as "image/png" or ".png".
    """
    _mount(data={"accept": ",".join(types)}, key="file_types")

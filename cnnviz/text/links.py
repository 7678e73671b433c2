"""Text of anyone's in which Markdown finds no link: it makes one of a bare address, escaped or not."""

import re

WORD_JOINER = "\u2060"
"""Has no width, and nothing breaks at it."""
_WITHIN_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)


def unlinked(text: str) -> str:
    r"""Return a text that looks the same, with what breaks the beginning of each address.

    >>> unlinked("www.a.b"), unlinked("me@a.b"), unlinked("cat, 1:2")
    ('www\u2060.a.b', 'me\u2060@a.b', 'cat, 1:2')
    """
    return _WITHIN_ADDRESS.sub(WORD_JOINER, text)

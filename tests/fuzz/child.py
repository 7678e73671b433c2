"""Try the cases of one kind, and write what became of each: a JSON line before it and a line after it.

python -m tests.fuzz.child KIND SEED FIRST COUNT
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import random
import sys
import traceback
from collections.abc import Iterator
from typing import Any

LONGEST = 400
"""Characters of a case's repr in a report."""


def tell(kind: str, seed: str, first: int, count: int) -> Iterator[dict[str, Any]]:
    """Try `count` cases, from the one numbered `first` on; yield a line before each and one after it."""
    module = importlib.import_module(kind if "." in kind else f"tests.fuzz.{kind}")
    # a text as seed: an integer and its negative would be the same
    every = enumerate(module.cases(random.Random(f"{kind} {seed}")))
    for number, case in itertools.islice(every, first, first + count):
        yield {"begin": number, "case": repr(case)[:LONGEST]}
        try:
            refused = module.check(case)
        except Exception:
            yield {"fault": traceback.format_exc()}
        else:
            yield {"refused": refused}


def main(kind: str, seed: str, first: int, count: int) -> None:
    """Try cases, and write the lines to standard output."""
    out, sys.stdout = sys.stdout, sys.stderr  # what the tried code prints does not get between the lines
    for line in tell(kind, seed, first, count):
        print(json.dumps(line), file=out, flush=True)
    os._exit(0)  # TensorFlow may still be loading; nobody waits for it


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))

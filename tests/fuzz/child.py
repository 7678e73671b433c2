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
from typing import Any

LONGEST = 400
"""Characters of a case's repr in a report."""


def main(kind: str, seed: str, first: int, count: int) -> None:
    """Try `count` cases, from the one numbered `first` on."""
    out, sys.stdout = sys.stdout, sys.stderr  # what the tried code prints does not get between the lines

    def say(**line: Any) -> None:
        print(json.dumps(line), file=out, flush=True)

    module = importlib.import_module(kind if "." in kind else f"tests.fuzz.{kind}")
    # a text as seed: an integer and its negative would be the same
    every = enumerate(module.cases(random.Random(f"{kind} {seed}")))
    for number, case in itertools.islice(every, first, first + count):
        say(begin=number, case=repr(case)[:LONGEST])
        try:
            refused = module.check(case)
        except Exception:
            say(fault=traceback.format_exc())
        else:
            say(refused=refused)
    os._exit(0)  # TensorFlow may still be loading; nobody waits for it


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))

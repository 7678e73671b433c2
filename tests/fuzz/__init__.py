"""Fuzzing: hostile input of every kind that reaches the app from outside, made at random from a seed.

`python -m tests.fuzz` tries it out and reports; `make fuzz` does so at length. A kind is a module with

    cases(generator: random.Random) -> Iterator[Any]     input, one after the other, without end
    check(case) -> str | None     try one: None if it was accepted, else the sentence that refused it

`check` raises if the input was neither: that is a fault, and so is a crash or a case without an end.
Every kind runs in a process of its own. What `cases` yields has a repr that tells what it is.
"""

from __future__ import annotations

KINDS = ("links", "components", "widgets", "uploads", "pickles", "weights", "runs")
"""The modules of this package that are kinds."""

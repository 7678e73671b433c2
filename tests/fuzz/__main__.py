"""Try hostile input out, and report what became of it; exit with 1 where there was a fault."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tests.fuzz import KINDS
from tests.fuzz.runner import Report, run

SENTENCES = 5
"""Maximum number of different sentences of a kind in the report, the most frequent first."""


def show(report: Report) -> None:
    """Print what became of the cases of a kind."""
    print(
        f"{report.kind:<11}{report.tried:>7,} cases: {report.accepted:,} accepted,"
        f" {report.refused.total():,} refused in a sentence, {len(report.faults):,} faults",
        flush=True,
    )
    for sentence, times in report.refused.most_common(SENTENCES):
        print(f"{times:>18,} × {sentence}")
    for fault in report.faults:
        print(f"\nFAULT of {report.kind}: {fault.case}\n{fault.what}\nagain: {report.again(fault)}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; default: all")
    parser.add_argument("--count", type=int, default=1000, help="cases of each kind (default: %(default)s)")
    parser.add_argument("--seed", default="1", help="other seed, other cases (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="number of the first case (default: 0)")
    given = parser.parse_args(arguments)
    if unknown := [kind for kind in given.kinds if kind not in KINDS and "." not in kind]:
        parser.error(f"no such kind: {', '.join(unknown)}")
    faults = 0
    for kind in given.kinds or KINDS:
        report = run(kind, seed=given.seed, count=given.count, first=given.first)
        show(report)
        faults += len(report.faults)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())

"""The import of Keras, and TensorFlow with it, in a process that has not got it yet."""

from __future__ import annotations

import gc
import importlib
import sys


def import_keras() -> None:
    """Import Keras without collections of garbage meanwhile, which take a fifth of its 3 s.

    What it makes stays for as long as the process, so later collections leave it out, too.
    """
    if "keras" in sys.modules:
        return
    collects = gc.isenabled()
    gc.disable()
    try:
        importlib.import_module("keras")
    finally:
        if collects:
            gc.freeze()
            gc.enable()

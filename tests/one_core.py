"""NumPy and TensorFlow compute with one thread each, here and in the processes that tests start.

The tests keep every core busy with a process of its own; more threads only burn a core while they wait for
each other. To be imported before NumPy is.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
    os.environ.setdefault(name, "1")

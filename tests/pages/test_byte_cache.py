"""The cache that is bounded in bytes: what it keeps, what it forgets, and who computes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.pages import activation_cache, model_cache, shift_cache
from cnnviz.pages.byte_cache import ByteCache, byte_cache, size_in_bytes

PICTURES = samples().images


def zeros(calls: list[int], most: int) -> ByteCache[[int], np.ndarray]:
    """Return a cache of arrays of so many bytes, which lists what it had to compute."""

    def make(count: int) -> np.ndarray:
        calls.append(count)
        return np.zeros(count, np.uint8)

    return ByteCache(make, most)


def test_what_was_asked_for_last_stays_and_the_bytes_are_bounded() -> None:
    calls: list[int] = []
    kept = zeros(calls, 100)
    for count in (40, 41, 40, 42):  # with 42 there are too many: 41 goes, for 40 was asked for since
        assert kept(count).nbytes == count
    assert (calls, kept.bytes) == ([40, 41, 42], 82)
    kept(40)
    kept(41)
    assert (calls, kept.bytes) == ([40, 41, 42, 41], 81)


def test_what_is_too_large_is_returned_but_not_kept() -> None:
    calls: list[int] = []
    kept = zeros(calls, 100)
    kept(60)
    assert kept(101).nbytes == kept(101).nbytes == 101
    assert calls == [60, 101, 101]
    assert kept.bytes <= 100


def test_of_larger_results_the_last_can_be_kept_beside_the_others() -> None:
    calls: list[int] = []
    kept = ByteCache(zeros(calls, 100)._function, 100, keep_larger=True)
    for count in (60, 101, 60, 101, 40, 101, 41):  # with 41 there are too many without the large one: 60 goes
        assert kept(count).nbytes == count
    assert (calls, kept.bytes) == ([60, 101, 40, 41], 182)
    for count in (102, 41, 101, 102):  # one at a time
        kept(count)
    assert (calls[4:], kept.bytes) == ([102, 101, 102], 183)
    kept.clear()
    kept(102)
    assert (calls[7:], kept.bytes) == ([102], 102)


def test_equal_arrays_are_one_argument_and_others_are_not() -> None:
    seen: list[Any] = []
    kept = ByteCache(lambda *args, **kwargs: seen.append((args, kwargs)), 10_000)
    whole = np.arange(6, dtype=np.uint8)
    for x in (
        whole,
        whole.copy(),
        whole.reshape(2, 3),
        whole.astype(np.int64),
        whole[::-1],
        whole[::-1].copy(),
    ):
        kept(x)
    for value in (1, 1.0, True, "1", (1,), (1.0,), None):
        kept(value)
        kept(value)
    kept(1, kernel=whole)
    kept(1, kernel=whole.copy())
    kept(1, kernel=None)
    assert len(seen) == 4 + 7 + 2


def test_one_computes_and_the_others_wait_for_it() -> None:
    begun, go = threading.Event(), threading.Event()
    calls = []

    def make(k: int) -> int:
        calls.append(k)
        begun.set()
        go.wait()
        return 10 * k

    kept = ByteCache(make, 1000)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(kept, 7)
        begun.wait()
        others = [threads.submit(kept, 7) for _ in range(3)]
        go.set()
        assert [found.result() for found in (first, *others)] == [70] * 4
    assert calls == [7]


def test_an_error_is_not_kept() -> None:
    answers = iter([ValueError("once"), 5])

    def make() -> int:
        answer = next(answers)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    kept = ByteCache(make, 100)
    with pytest.raises(ValueError, match="once"):
        kept()
    assert kept() == 5


def test_what_all_share_is_read_only_and_cleared_at_once() -> None:
    kept = zeros([], 100)
    with pytest.raises(ValueError, match="read-only"):
        kept(3)[0] = 1
    kept.clear()
    assert kept.bytes == 0


def test_a_view_counts_with_all_that_it_keeps_alive() -> None:
    whole = np.zeros((100, 100), np.uint8)
    assert size_in_bytes(whole[0]) == size_in_bytes(whole) == 10_000
    assert size_in_bytes({"a": whole, "b": (whole, b"x" * 500)}) > 20_500


def test_a_crowd_with_a_picture_each_fits_into_the_bytes() -> None:
    """Each entry weighs what its network makes of it; counted in entries, 200 of vgg's would be 515 MB."""
    kept = ByteCache(activation_cache._activations.__wrapped__, 6_000_000)  # type: ignore[attr-defined]
    sizes = {}
    for name in ("keras_lecture", "vgg"):
        before = kept.bytes
        kept(model_cache.reference(name), PICTURES[0])
        sizes[name] = kept.bytes - before
        kept.clear()
    assert sizes["keras_lecture"] == pytest.approx(0.6e6, rel=0.1)
    assert sizes["vgg"] == pytest.approx(2.6e6, rel=0.1)
    for picture in PICTURES[:4]:
        kept(model_cache.reference("vgg"), picture)
        assert kept.bytes <= 6_000_000


def test_the_answers_in_every_shift_do_not_hold_every_shifts_picture() -> None:
    entry = shift_cache.ShiftPredictions("mlp", PICTURES[0])
    own = size_in_bytes(entry._images) + size_in_bytes(entry.probabilities)
    assert 12_000 < own < size_in_bytes(entry) < 15_000
    kept = ByteCache(shift_cache._shift_predictions.__wrapped__, 30_000)  # type: ignore[attr-defined]
    for picture in PICTURES[:4]:
        kept(model_cache.reference("mlp"), picture)
    assert own < kept.bytes <= 30_000


def test_what_was_computed_along_is_kept_unless_it_is_there() -> None:
    computed = []

    @byte_cache(10_000)
    def double(x: int) -> np.ndarray:
        computed.append(x)
        if x == 1:
            double.keep(np.array([4.0]), 2)
        return np.array([2.0 * x])

    assert (double(1)[0], double(2)[0], computed) == (2, 4, [1])
    double.keep(np.array([7.0]), 1)
    assert double(1)[0] == 2
    assert not double(2).flags.writeable
    assert double.bytes == 16

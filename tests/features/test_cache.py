from __future__ import annotations

import threading

import numpy as np
import pytest

from corewidgets.features import cache as caching
from corewidgets.features.cache import ActivationCache, bytes_to_spare


def entry(n_bytes: int) -> dict[str, np.ndarray]:
    return {"first": np.zeros(n_bytes // 2, np.uint8), "second": np.zeros(n_bytes - n_bytes // 2, np.uint8)}


def test_what_is_held_is_not_computed_again():
    cache, calls = ActivationCache(100), []

    def compute():
        calls.append(1)
        return entry(10)

    assert cache.get("a", compute) is cache.get("a", compute)
    assert calls == [1]
    assert cache.n_bytes == 10


def test_what_was_unused_for_longest_goes_first():
    cache = ActivationCache(100)
    for key in "abc":
        cache.keep(key, entry(30))
    assert cache.find("a") is not None  # used now, so "b" is the one unused for longest
    cache.keep("d", entry(30))
    assert [cache.find(key) is not None for key in "abcd"] == [True, False, True, True]
    assert cache.n_bytes == 90


def test_an_entry_kept_anew_counts_once_and_one_too_large_is_not_held():
    cache = ActivationCache(100)
    cache.keep("a", entry(60))
    cache.keep("a", entry(50))
    assert cache.n_bytes == 50
    cache.keep("b", entry(101))
    assert cache.find("b") is None
    assert cache.n_bytes == 0


def test_a_smaller_limit_holds_from_the_next_entry_on_and_clear_forgets():
    cache = ActivationCache(100)
    cache.keep("a", entry(60))
    cache.max_bytes = 50
    cache.keep("b", entry(20))
    assert (cache.find("a"), cache.n_bytes) == (None, 20)
    cache.clear()
    assert (cache.find("b"), cache.n_bytes) == (None, 0)


def test_what_has_a_part_in_its_key_is_forgotten_alone():
    cache = ActivationCache(100)
    for key in (("averages", "ab12", 0), ("ab12", 1), ("cd34", 1), "ab12 as a whole"):
        cache.keep(key, entry(20))
    cache.forget("ab12")
    assert cache.find(("cd34", 1)) is not None
    assert cache.find("ab12 as a whole") is not None
    assert cache.n_bytes == 40


def test_threads_that_ask_for_the_same_wait_for_the_one_that_computes():
    cache, calls, found, begun, go_on = ActivationCache(100), [], [], threading.Event(), threading.Event()

    def compute():
        calls.append(1)
        begun.set()
        assert go_on.wait(10)
        return entry(10)

    threads = [threading.Thread(target=lambda: found.append(cache.get("a", compute))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert calls == [1]
    assert len({id(one) for one in found}) == 1
    assert len(found) == 4


def test_after_an_error_the_next_one_computes():
    cache = ActivationCache(100)

    def fail():
        raise OSError("no weights")

    with pytest.raises(OSError, match="no weights"):
        cache.get("a", fail)
    assert cache.get("a", lambda: entry(10)) is cache.find("a")


def test_a_cache_grows_and_never_shrinks():
    cache = ActivationCache(100)
    cache.grow(300)
    cache.keep("a", entry(250))
    cache.grow(50)
    assert cache.max_bytes == 300
    assert cache.find("a") is not None


@pytest.mark.parametrize(("free", "spared"), [(2**30, 2**28), (2**40, 2**33), (0, 0)])
def test_a_quarter_of_the_free_memory_is_spared(monkeypatch, free, spared):
    monkeypatch.setattr(caching, "free_bytes", lambda: free)
    assert bytes_to_spare() == spared

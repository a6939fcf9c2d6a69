from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from corewidgets.widgets.background import Mailbox, StoppedError, Worker

PATIENCE = 30.0


class Bench:
    """A worker, and what it has told."""

    def __init__(self):
        self.errors, self.changes, self.found = [], [], []
        self.worker = Worker(self.errors.append, self.changes.append)


@pytest.fixture
def bench():
    return Bench()


def test_work_runs_in_a_thread_and_delivers_in_the_caller(bench):
    threads = []

    def work(ticket):
        threads.append(threading.current_thread())
        ticket.deliver(lambda: threads.append(threading.current_thread()))

    bench.worker.submit(work)
    assert bench.worker.busy
    assert bench.worker.wait(PATIENCE)
    assert threads[0] is not threading.current_thread()
    assert threads[1] is threading.current_thread()
    assert (bench.changes, bench.errors) == ([True, False], [])


def test_newer_work_supersedes_what_runs_and_drops_what_waits(bench):
    running, go_on = threading.Event(), threading.Event()

    def first(ticket):
        running.set()
        go_on.wait(PATIENCE)
        ticket.check(patient=True)  # only a stop would end it here
        ticket.deliver(bench.found.append, "shown meanwhile")
        ticket.check()
        bench.found.append("never")

    bench.worker.submit(first)
    assert running.wait(PATIENCE)
    bench.worker.submit(lambda ticket: bench.found.append("dropped"))
    bench.worker.submit(lambda ticket: ticket.deliver(bench.found.append, "last"))
    go_on.set()
    assert bench.worker.wait(PATIENCE)
    assert bench.found == ["shown meanwhile", "last"]
    assert bench.changes == [True, False]


def test_delayed_work_waits_for_the_last_of_a_row(bench):
    for number in range(5):
        bench.worker.submit(lambda _, number=number: bench.found.append(number), delay=(4 - number) * 900)
    assert bench.worker.wait(PATIENCE)
    assert bench.found == [4]


def test_stopped_work_delivers_nothing_any_more_and_the_worker_is_idle_at_once(bench):
    running, go_on = threading.Event(), threading.Event()

    def work(ticket):
        ticket.deliver(bench.found.append, "on its way")
        running.set()
        go_on.wait(PATIENCE)  # inside a library that hears nothing
        with pytest.raises(StoppedError):
            ticket.check(patient=True)
        ticket.deliver(bench.found.append, "late")

    bench.worker.submit(work)
    assert running.wait(PATIENCE)
    bench.worker.stop()
    assert not bench.worker.busy
    assert bench.changes == [True, False]
    bench.worker.submit(lambda ticket: ticket.deliver(bench.found.append, "next"))
    assert bench.worker.busy
    go_on.set()
    assert bench.worker.wait(PATIENCE)
    assert (bench.found, bench.errors, bench.changes) == (["next"], [], [True, False, True, False])


def test_work_that_waits_can_be_stopped(bench):
    bench.worker.submit(lambda _: bench.found.append("never"), delay=3600)
    bench.worker.stop()
    assert bench.worker.wait(PATIENCE)
    assert bench.found == []


def test_errors_of_work_and_of_deliveries_are_told(bench):
    def wrong():
        raise KeyError("delivery")

    def work(ticket):
        ticket.deliver(wrong)
        raise ValueError("work")

    bench.worker.submit(work)
    assert bench.worker.wait(PATIENCE)
    assert [repr(error) for error in bench.errors] == ["KeyError('delivery')", "ValueError('work')"]
    bench.worker.submit(lambda ticket: ticket.deliver(bench.found.append, "goes on"))
    assert bench.worker.wait(PATIENCE)
    assert bench.found == ["goes on"]


def test_waiting_ends_in_time(bench):
    go_on = threading.Event()
    bench.worker.submit(lambda _: go_on.wait(PATIENCE))
    assert not bench.worker.wait(0.01)
    go_on.set()
    assert bench.worker.wait(PATIENCE)


def test_no_thread_is_left_when_there_is_no_work(bench):
    bench.worker.submit(lambda _: None)
    assert bench.worker.wait(PATIENCE)
    assert bench.worker._thread is None


def test_within_a_loop_deliveries_come_by_themselves():
    async def main():
        arrived = asyncio.Event()
        mailbox = Mailbox()
        thread = threading.Thread(target=lambda: mailbox.post(arrived.set))
        thread.start()
        await asyncio.wait_for(arrived.wait(), PATIENCE)
        thread.join()

    with ThreadPoolExecutor(1) as executor:  # after a browser test this thread has a loop
        executor.submit(lambda: asyncio.run(main())).result(PATIENCE)


def test_while_one_loop_is_held_up_another_delivers():
    async def held_up(mailbox, arrived):
        mailbox.listen()
        assert arrived.wait(PATIENCE)  # this loop delivers nothing meanwhile

    async def main():
        mailbox, arrived = Mailbox(), threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(held_up(mailbox, arrived)))
        thread.start()
        mailbox.post(arrived.set)
        while thread.is_alive():
            await asyncio.sleep(0.01)
        mailbox.post(arrived.clear)  # the other loop is closed
        while arrived.is_set():
            await asyncio.sleep(0.01)

    with ThreadPoolExecutor(1) as executor:
        executor.submit(lambda: asyncio.run(main())).result(PATIENCE)


def test_work_from_several_threads_leaves_the_worker_idle(bench):
    """A page's messages come in threads of their own; what is said of being busy has to keep its order."""
    n_each = 150

    def submit_many():
        for _ in range(n_each):
            bench.worker.submit(lambda ticket: ticket.deliver(bench.found.append, 1))
            bench.worker.wait(0.001)

    threads = [threading.Thread(target=submit_many) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert bench.worker.wait(PATIENCE)
    assert bench.found
    assert bench.changes == [True, False] * (len(bench.changes) // 2)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_is_no_exception_ends_the_thread_but_not_the_worker(bench):
    threads = []

    def work(_):
        threads.append(threading.current_thread())
        raise KeyboardInterrupt

    bench.worker.submit(work)
    assert bench.worker.wait(PATIENCE)
    threads[0].join(PATIENCE)  # which is when the error is told
    bench.worker.submit(lambda ticket: ticket.deliver(bench.found.append, "goes on"))
    assert bench.worker.wait(PATIENCE)
    assert bench.found == ["goes on"]


def test_a_pause_ends_at_once_when_newer_work_comes(bench):
    begun, ended = threading.Event(), []

    def pausing(ticket):
        begun.set()
        start = time.monotonic()
        try:
            ticket.pause(2 * PATIENCE)
        finally:
            ended.append(time.monotonic() - start)

    bench.worker.submit(pausing)
    assert begun.wait(PATIENCE)
    bench.worker.submit(lambda ticket: ticket.pause(0.01))
    assert bench.worker.wait(PATIENCE)
    assert len(ended) == 1
    assert ended[0] < PATIENCE
    assert bench.errors == []

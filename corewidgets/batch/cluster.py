"""The processes that a run is spread over: those of this machine, or a cluster that is there already."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from typing import Any

from corewidgets.extras import import_extra
from corewidgets.machine import count_cores

_WORKER_BYTES = 2 * 2**30
"""Memory that a process should have to itself; it takes about 1.3 GiB."""

_PATIENCE = 5.0
"""Seconds that processes of others have to answer, after an error."""

_PAUSE = 0.05
"""Seconds between two looks at whether processes are gone."""

_DASHBOARD = "127.0.0.1:0"
"""Seen from this machine only, at any free port: several runs may go on at once."""

_SET_BY_DASK = ("PYTHONHASHSEED", "__DASK_PARENT_PID")
"""Variables that it sets besides those that it is told."""

_MEMORY_IS_KEPT = {
    "MALLOC_MMAP_THRESHOLD_": 32 * 2**20,  # the most that all versions of glibc take
    "MALLOC_TRIM_THRESHOLD_": 2**30,
    "MALLOC_ARENA_MAX": 2,
}
"""Tells glibc to keep memory that is freed: the next piece needs it, and new pages cost a tenth of a run.

Dask's own setting has it return all at once. Other C libraries do not read this.
"""


@dataclass(frozen=True)
class Connection:
    """A client of a cluster.

    Attributes
    ----------
    client : distributed.Client
    n_threads : int
        Cores that a section may use.
    cluster : distributed.LocalCluster or None
        The processes, where they were started for this run.
    """

    client: Any
    n_threads: int
    cluster: Any = None

    def leave(self, plugin: str) -> None:
        """End the processes at once after an error or Ctrl-C, whatever they are working on.

        Parameters
        ----------
        plugin : str
            What they are to forget, where others use them too; processes of this run are ended.
        """
        if self.cluster is None:
            forget = threading.Thread(target=self.client.unregister_worker_plugin, args=[plugin], daemon=True)
            forget.start()
            forget.join(_PATIENCE)
            return
        for nanny in list(self.cluster.workers.values()):
            pid = nanny.pid
            nanny.close_gracefully(reason="corewidgets-leaves")  # or it would start another process
            _kill([pid])


@contextmanager
def installed(connection: Connection, plugin: Any) -> Iterator[None]:
    """Bring a plugin to all processes of a cluster, also to those that join later, while the block runs."""
    connection.client.register_plugin(plugin)
    try:
        yield
    except BaseException:
        connection.leave(plugin.name)
        raise
    connection.client.unregister_worker_plugin(plugin.name)


def xla_threads_here() -> int:
    """Return what XLA takes for the number of processor cores in this process."""
    return int(os.environ.get("NPROC") or count_cores())


@contextmanager
def connected(client: Any, n_workers: int | None, xla_threads: int) -> Iterator[Connection]:
    """Yield a client of a cluster.

    Parameters
    ----------
    client : distributed.Client or str or None
        A client, the address of a scheduler, or None for processes on this machine, which end with the block.
    n_workers : int or None
        Processes on this machine.
    xla_threads : int
        What XLA is told to be the number of processor cores.
    """
    distributed = import_extra("distributed", "core", "A run over a whole core")
    if client is None:
        n_cores = count_cores()
        n_workers = n_workers or default_workers(n_cores)
        n_threads = max(1, n_cores // n_workers)
        with (
            _local_cluster(distributed, n_workers, xla_threads) as cluster,
            distributed.Client(cluster) as own,
        ):
            yield Connection(own, n_threads, cluster)
    elif isinstance(client, str):
        with _joined(distributed, client) as own:
            yield Connection(own, 1)
    else:
        yield Connection(client, 1)


def default_workers(n_cores: int) -> int:
    """Return how many processes a machine gets: one for each core, and memory enough."""
    from distributed.system import MEMORY_LIMIT

    return max(1, min(n_cores, MEMORY_LIMIT // _WORKER_BYTES))


@contextmanager
def _local_cluster(distributed: Any, n_workers: int, xla_threads: int) -> Iterator[Any]:
    """Start processes, each for one section at a time."""
    import dask
    from distributed.system import MEMORY_LIMIT

    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), 1)
    environment = {**one_thread, **_MEMORY_IS_KEPT, "NPROC": xla_threads}
    settings = {
        "distributed.nanny.pre-spawn-environ": environment,
        # no section waits at a worker: when that dies, only the one that it was at counts as suspicious
        "distributed.scheduler.worker-saturation": 1.0,
        # it samples all threads a hundred times a second, for a page of the dashboard that says nothing here
        "distributed.worker.profile.enabled": False,
    }
    restored = _environment_restored([*environment, *_SET_BY_DASK])
    with dask.config.set(settings), restored, _deaf_loop() as loop:
        cluster = distributed.LocalCluster.__new__(
            distributed.LocalCluster
        )  # known also if it fails to start
        try:
            cluster.__init__(
                loop=loop,
                n_workers=n_workers,
                threads_per_worker=1,
                processes=True,
                memory_limit=MEMORY_LIMIT // n_workers,
                dashboard_address=_DASHBOARD,
                silence_logs="CRITICAL",  # what goes wrong in a section is told by the run, once
            )
        except RuntimeError as error:
            raise ConnectionError(
                f"The processes for the run did not start ({error}): one ended before it answered. Where "
                "memory is short, give fewer workers; else start the run again. In a script, call "
                "segment_core below if __name__ == '__main__': each process reads the script again."
            ) from error
        except BaseException:  # Ctrl-C: what was begun would go on in Dask's own thread
            _end_begun(cluster)
            raise
        with cluster:
            yield cluster


@contextmanager
def _deaf_loop() -> Iterator[Any]:
    """Yield an event loop for Dask whose processes ignore Ctrl-C; this one handles it and ends them.

    Else each would write where it was interrupted. They have the mask of the thread that starts them.
    """
    from distributed.utils import LoopRunner

    runner: Any = LoopRunner(asynchronous=False)
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()  # it would set the mask back
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            runner.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    else:
        runner.start()
    try:
        yield runner.loop
    finally:
        runner.stop()


def _end_begun(cluster: Any) -> None:
    """End the processes of a cluster that is only just being started; its start then fails by itself."""
    cluster.shutdown_on_close = False  # at the end of this process Dask would object to one that never was
    with suppress(AttributeError):
        cluster.loop.asyncio_loop.set_exception_handler(lambda *_: None)  # it says that nobody took the error
    begun = getattr(cluster, "_created", ())  # a process is among `workers` once it has answered
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and any(nanny.status.name == "init" for nanny in list(begun)):
        _kill(nanny.pid for nanny in list(begun))
        time.sleep(_PAUSE)
    with suppress(Exception):  # whatever Dask makes of that, the processes are gone
        cluster.close(timeout=_PATIENCE)


def _kill(pids: Iterable[int | None]) -> None:
    for pid in pids:
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


@contextmanager
def _environment_restored(names: Iterable[str]) -> Iterator[None]:
    """Give variables back their values after the block: Dask sets those of its processes in this one too.

    A later run would take them for the user's, and what else this process starts would have one thread.
    """
    before = {name: os.environ.get(name) for name in names}
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _joined(distributed: Any, address: str) -> Any:
    """Return a client of a scheduler."""
    try:
        return distributed.Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise ConnectionError(
            f"No Dask scheduler answers at '{address}' ({error}); start one with 'dask scheduler' and give "
            "the address that it prints, such as tcp://10.0.0.1:8786."
        ) from error

"""Files checked by several processes, here or on other machines: by any `concurrent.futures.Executor`."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from kerasfix import __version__
from kerasfix.cache import Cache
from kerasfix.checker import Checked, Mode, check_file
from kerasfix.config import Settings
from kerasfix.source import Row

Job = tuple[Path, str, Settings, bytes | Row | None]
"""A file, its name for people, its settings, and its content where the executor cannot read it itself."""
Start = Callable[[], Executor]
_CHUNK = 8
"""Files that travel together."""


class CannotSpread(Exception):
    """There is no executor as it was asked for; the message says what to do."""


def usable_cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_chunk(jobs: Sequence[Job], mode: Mode, cache: Cache | None) -> list[Checked]:
    """Check files one after the other: what an executor runs."""
    return [check_file(path, name, settings, mode, data, cache=cache) for path, name, settings, data in jobs]


def spread(
    jobs: Iterator[Job], mode: Mode, cache: Cache | None, start: Start, workers: int
) -> Iterator[Checked]:
    """The results of files in their order, whatever becomes of the processes that check them.

    Where a process dies, the files it may have died of are checked again, each alone: the one that kills its process
    again is reported, and the others are not lost.
    """
    with ExitStack() as stack:
        opened: dict[str, Executor] = {}

        def submit(part: Sequence[Job], role: str) -> "Future[list[Checked]] | None":
            try:
                if role not in opened:
                    opened[role] = stack.enter_context(start())
                return opened[role].submit(check_chunk, part, mode, cache)
            except RuntimeError:  # broken, or shut down
                return None

        def outcome(future: "Future[list[Checked]] | None", part: Sequence[Job], role: str) -> list[Checked]:
            try:
                if future is not None:
                    return future.result()
                problem = "its process has died"
            except Exception as error:  # a broken pool, a worker that was killed, what cannot travel
                problem = f"{type(error).__name__}: {error}"
            opened.pop(role, None)
            if role == "alone":
                return [_lost(job, problem) for job in part]
            return [checked for job in part for checked in outcome(submit([job], "alone"), [job], "alone")]

        waiting: deque[tuple[Future[list[Checked]] | None, list[Job]]] = deque()
        while part := list(islice(jobs, _CHUNK)):
            waiting.append((submit(part, "all"), part))
            if len(waiting) > 3 * workers:
                yield from outcome(*waiting.popleft(), "all")
        while waiting:
            yield from outcome(*waiting.popleft(), "all")


def _lost(job: Job, problem: str) -> Checked:
    checked = Checked(job[0], job[1])
    checked.errors.append(
        f"{job[1]}: internal error in kerasfix {__version__}: the process that checked this file did not end well "
        f"({problem}). The file was left as it is. Please report it with the file."
    )
    return checked


def local(workers: int) -> Start:
    """Processes of this machine. Where they can be forked, they start with everything imported."""
    import gc
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    forks = "fork" in multiprocessing.get_all_start_methods() and os.name == "posix"
    context = multiprocessing.get_context("fork" if forks else None)
    if forks:
        from kerasfix import registry

        registry.all_rules()
        gc.freeze()
    return lambda: ProcessPoolExecutor(workers, context)


def remote(address: str) -> tuple[Start, int]:
    """An executor named by its address, and how many workers it has: `dask://host:port`.

    Raises:
        CannotSpread: there is none.
    """
    kind, _, place = address.partition("://")
    if kind != "dask" or not place:
        raise CannotSpread(f"--executor takes an address like `dask://host:8786`, not {address!r}.")
    try:
        from distributed import Client
    except ImportError:
        raise CannotSpread("--executor dask://... needs Dask: pip install 'kerasfix[dask]'.") from None
    try:
        client: Any = Client(f"tcp://{place}", timeout=10, set_as_default=False)  # type: ignore[no-untyped-call,unused-ignore]
        there = set(client.run(_version).values())
    except ImportError as error:
        raise CannotSpread(f"{address}: the workers cannot import kerasfix: {error}.") from None
    except (OSError, ValueError) as error:
        raise CannotSpread(f"{address}: {error or 'no answer'}") from None
    if there - {__version__}:
        raise CannotSpread(
            f"{address}: workers have kerasfix {', '.join(sorted(there))}, this is {__version__}."
        )
    if not there:
        raise CannotSpread(f"{address}: the cluster has no workers.")
    return lambda: client.get_executor(pure=False), max(1, len(client.scheduler_info()["workers"]))


def _version() -> str:
    return __version__

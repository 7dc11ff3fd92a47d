"""Many jobs done by several processes or threads, here or on other machines: by any `concurrent.futures.Executor`."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Protocol, TypeVar

from kerasfix.report.summary import plural

J_contra = TypeVar("J_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)
J = TypeVar("J")
R = TypeVar("R")
Start = Callable[[], Executor]
LOOK = 5.0
"""Seconds without a result after which it is asked whether anybody is there."""


class Work(Protocol[J_contra, R_co]):
    """What is done for each job: a plain value, which can travel as the jobs and their results do."""

    def __call__(self, job: J_contra, /) -> R_co:
        """Do one job."""

    def lost(self, job: J_contra, problem: str, /) -> R_co:
        """The result for a job that nobody could do, and why."""


class WorkersGone(Exception):
    """Nobody is left who could do the work; the message says who."""


def usable_cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Workers:
    """Who does the work.

    Attributes:
        start: starts them, anew where they have died.
        count: how many there are.
        gone: says why nobody can be there any more, or nothing; None where they are this machine's.
    """

    start: Start
    count: int
    gone: Callable[[], str] | None = None

    def do(self, work: Work[J, R], jobs: Iterable[J], together: int = 1) -> Iterator[R]:
        """The results of jobs in their order, whatever becomes of the processes that do them.

        Where a process dies, the jobs it may have died of are done again, each alone: for the one that kills its
        process again there is what `work.lost` says, and the others are not lost. So many jobs travel `together`.

        Raises:
            WorkersGone: after the results that there are.
        """
        with ExitStack() as stack:
            opened: dict[str, Executor] = {}
            waiting: deque[tuple[Future[list[R]] | None, list[J]]] = deque()

            def submit(part: Sequence[J], role: str) -> "Future[list[R]] | None":
                try:
                    if role not in opened:
                        opened[role] = self.start()
                        stack.push(_End(opened[role]))
                    return opened[role].submit(_each, work, part)
                except RuntimeError:  # broken, or shut down
                    return None
                except Exception:
                    self._check_presence()
                    raise

            def outcome(future: "Future[list[R]] | None", part: Sequence[J], role: str) -> list[R]:
                try:
                    if future is not None:
                        return self._awaited(future)
                    problem = "its process has died"
                except WorkersGone:
                    raise
                except Exception as error:  # a broken pool, a worker that was killed, what cannot travel
                    self._check_presence()
                    problem = f"{type(error).__name__}: {error}"
                opened.pop(role, None)
                if role == "alone":
                    return [work.lost(job, problem) for job in part]
                return [result for job in part for result in outcome(submit([job], "alone"), [job], "alone")]

            left = iter(jobs)
            try:
                while part := list(islice(left, together)):
                    waiting.append((submit(part, "all"), part))
                    if len(waiting) > 3 * self.count:
                        yield from outcome(*waiting.popleft(), "all")
                while waiting:
                    yield from outcome(*waiting.popleft(), "all")
            except WorkersGone:
                waiting.clear()  # nobody can be told to stop
                raise
            finally:
                for future, _ in waiting:
                    if future is not None:
                        future.cancel()

    def _awaited(self, future: "Future[list[R]]") -> list[R]:
        """A result, as long as there is somebody who may give it."""
        while self.gone is not None and not wait([future], LOOK).done:
            self._check_presence()
        return future.result()

    def _check_presence(self) -> None:
        if self.gone is not None and (problem := self.gone()):
            raise WorkersGone(problem)


def as_far_as_possible(results: Iterator[R], tell: Callable[[str], None]) -> Iterator[R]:
    """The results, as far as there was somebody to do the work; otherwise an error is told."""
    count = 0
    try:
        for result in results:
            yield result
            count += 1
    except WorkersGone as gone:
        tell(f"{gone}, so it ends after {plural(count, 'result')}; the rest is left as it was")


def _each(work: Callable[[J], R], jobs: Sequence[J]) -> list[R]:
    return [work(job) for job in jobs]


@dataclass(frozen=True)
class _End:
    """The end of an executor: what it does is waited for, unless something has gone wrong."""

    executor: Executor

    def __call__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(*[Exception] if kind else []):  # a scheduler that is gone cannot be told
            self.executor.shutdown(wait=kind is None)


def threads(count: int) -> Workers:
    """Threads of this process: for jobs that wait for other processes."""
    from concurrent.futures import ThreadPoolExecutor

    return Workers(lambda: ThreadPoolExecutor(count), count)


def processes(count: int) -> Workers:
    """Processes of this machine. Where they can be forked, they start with everything imported."""
    import gc
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    forks = "fork" in multiprocessing.get_all_start_methods() and os.name == "posix"
    context = multiprocessing.get_context("fork" if forks else None)
    if forks:
        import kerasfix.trace.interpreter  # noqa: F401  # and libcst with it
        from kerasfix import registry

        registry.all_rules()
        gc.freeze()
    return Workers(lambda: ProcessPoolExecutor(count, context), count)

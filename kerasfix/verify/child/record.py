"""What one run has shown so far: filled by the hooks, turned into the verdict at the end."""

import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

MAX_MODELS = 100
INSIDE_SEQUENTIAL = str(Path("keras", "src", "models", "sequential.py"))
TRAINING, INFERENCE = 4, 1  # what a training step and a prediction count in `work`


@dataclass
class Fit:
    """One line that trains."""

    line: int | None
    loss: float | None = None
    finite: bool = True
    gradients: dict[str, list[str]] = field(default_factory=lambda: {"none": [], "zero": [], "nonfinite": []})
    depends_on_labels: bool | None = None


@dataclass
class Record:
    """The state of one run.

    Attributes:
        filename: the script's name, as its frames carry it.
        work: grows with every training step and prediction; loops are cut by it.
        models: each model with the line that made it.
        fits: by line, in the order of the first call.
        built_from_data: ids of models without a declared input: their batch size is only that of the data.
        skipped: what was not shown for want of time.
        given: what missing modules were given, by their names and its own.
        deadline, cpu_limit: when the run is ended: on the monotonic clock, and in seconds of CPU.
        changed: called when a line has trained, so that a run which never ends has something to show.
    """

    filename: str
    changed: Callable[[], None] = lambda: None
    work: int = 0
    built_from_data: set[int] = field(default_factory=set)
    stubs: dict[str, None] = field(default_factory=dict)
    assumed: dict[str, None] = field(default_factory=dict)
    models: list[tuple[Any, int | None]] = field(default_factory=list)
    fits: dict[int | None, Fit] = field(default_factory=dict)
    skipped: dict[str, None] = field(default_factory=dict)
    given: dict[str, dict[Any, Any]] = field(default_factory=dict)
    deadline: float = math.inf
    cpu_limit: float = math.inf

    def stub(self, what: str) -> None:
        """Name something that was replaced."""
        self.stubs.setdefault(what)

    def skip(self, what: str) -> None:
        """Name something that was left out."""
        self.skipped.setdefault(what)

    def time_left(self) -> float:
        """Seconds until the run is ended, by the clock or by its use of the CPU."""
        return min(self.deadline - time.monotonic(), self.cpu_limit - time.process_time())

    def line(self) -> int | None:
        """The line of the script that is being executed (the innermost)."""
        return next(
            (frame.f_lineno for frame in _frames() if frame.f_code.co_filename == self.filename), None
        )

    def fit(self, line: int | None) -> Fit:
        """The entry of a line that trains."""
        return self.fits.setdefault(line, Fit(line))

    def made(self, model: Any) -> None:
        """Note a model that the script makes, at the line that calls its class."""
        if len(self.models) >= MAX_MODELS or any(known is model for known, _ in self.models):
            return
        for frame in _frames():
            file, method_of = frame.f_code.co_filename, frame.f_locals.get("self")
            if method_of is model:
                continue
            if file.endswith(INSIDE_SEQUENTIAL):
                return  # the Functional that a Sequential builds for itself
            if file == self.filename:
                self.models.append((model, frame.f_lineno))
                return


def _frames() -> Iterator[FrameType]:
    """The frames that are being executed, innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back

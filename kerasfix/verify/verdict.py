"""What verification has shown of one script."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

Status = Literal["passed", "failed", "timeout", "skipped"]
NOT_JSON = frozenset({"remaining", "cells", "evidence", "cached", "predictions"})


@dataclass(frozen=True)
class Error:
    """What ended the script: the exception, its line in the script (None: not in it), and what it says."""

    type: str
    line: int | None
    message: str


@dataclass(frozen=True)
class Model:
    """A model that the script made.

    `output_shape` is Keras's, None where there is none yet; several outputs are a list or dict of shapes.
    """

    name: str | None
    line: int | None
    built: bool
    output_shape: Any
    params: int | None
    predictions: tuple[float, ...] | None = field(default=None, repr=False, compare=False)
    """Some values that it puts out in the end for the same made-up input; None where it was not asked."""


@dataclass(frozen=True)
class Fit:
    """A line that trains: the loss, the weights whose gradients say something, whether labels matter.

    `loss` is None where no value was seen (a loop under `tf.function`), `depends_on_labels` where nothing
    can be told.
    """

    line: int | None
    loss: float | None
    finite: bool
    gradients: dict[str, list[str]]
    depends_on_labels: bool | None


@dataclass(frozen=True)
class Verdict:
    """The result for one script; `assumed` not empty means: on assumed data, never "it works"."""

    filename: str
    status: Status
    assumed: tuple[str, ...]
    stubs: tuple[str, ...]
    error: Error | None
    models: tuple[Model, ...]
    fits: tuple[Fit, ...]
    device: str
    isolation: str
    seconds: float
    cpu_seconds: float = 0.0
    backend: str = "tensorflow"
    skipped: tuple[str, ...] = ()
    """What was not shown, for want of time."""
    runs: int = 1
    stable: bool = True
    """All runs of this script gave the same verdict."""
    cached: bool = field(default=False, compare=False)
    """It was run earlier, with all that matters the same."""
    remaining: int = field(default=0, repr=False, compare=False)
    """How many of the script's statements were not reached."""
    cells: tuple[tuple[int, int], ...] = field(default=(), repr=False, compare=False)
    """For each line of the script that was run, its cell and line in the notebook it was made from."""
    evidence: Mapping[tuple[int, ...], Any] = field(default_factory=dict, repr=False, compare=False)
    """What expressions were worth that are arrays, by place: line, column in bytes, and those of the end."""

    def place(self, line: int) -> str:
        """`line 7`, or `cell 3, line 2` of a notebook."""
        if not self.cells:
            return f"line {line}"
        cell, line = self.cells[line - 1]
        return f"cell {cell}, line {line}"

    @property
    def ran(self) -> bool:
        """Whether the script came to its end without an error."""
        return self.status in ("passed", "skipped")

    def rank(self) -> tuple[int, ...]:
        """How much was shown: a larger tuple is a better verdict.

        In this order: the script ran, less was assumed, more lines trained with a finite loss, more models
        were built, fewer statements were not reached, fewer weights without a (finite) gradient, fewer losses
        that ignore the labels.
        """
        status = {"passed": 2, "skipped": 1, "failed": 0, "timeout": 0}[self.status]
        lost = sum(len(fit.gradients["none"]) + len(fit.gradients["nonfinite"]) for fit in self.fits)
        return (
            status,
            -len(self.assumed),
            sum(fit.finite for fit in self.fits),
            sum(model.built for model in self.models),
            -self.remaining,
            -lost,
            -sum(fit.depends_on_labels is False for fit in self.fits),
        )

    def better_than(self, other: "Verdict") -> bool:
        """Whether this one shows more than another of the same script."""
        return self.rank() > other.rank()

    def same_as(self, other: "Verdict") -> bool:
        """Whether another run of the same script has shown the same."""
        return _essence(self) == _essence(other)

    def same_results(self, before: "Verdict") -> bool | None:
        """Whether the models have the parameters, and predict the values, that they did before.

        None where that cannot be told: not both ran, or a model was not asked for its predictions.
        """
        if not (self.ran and before.ran):
            return None
        if [model.params for model in self.models] != [model.params for model in before.models]:
            return False
        pairs = list(zip(self.models, before.models, strict=True))
        if not pairs or any(one.predictions is None or other.predictions is None for one, other in pairs):
            return None
        return all(_close(one.predictions or (), other.predictions or ()) for one, other in pairs)

    def to_json(self) -> dict[str, Any]:
        """The verdict as `kerasfix verify --output-format json` prints it; lines of notebooks have a cell."""
        found = {
            part.name: _plain(getattr(self, part.name)) for part in fields(self) if part.name not in NOT_JSON
        }
        for part in (found["error"], *found["models"], *found["fits"]):
            if self.cells and part and part["line"]:
                part["cell"], part["line"] = self.cells[part["line"] - 1]
        return found

    @classmethod
    def from_report(cls, filename: str, report: dict[str, Any]) -> "Verdict":
        """The verdict that follows from what the process reported."""
        error = Error(**report["error"]) if report.get("error") else None
        models = tuple(Model(**model) for model in report.get("models", ()))
        fits = tuple(Fit(**fit) for fit in report.get("fits", ()))
        status: Status = "passed"
        if report.get("timeout"):
            status = "timeout"
        elif error is not None or not all(fit.finite for fit in fits):
            status = "failed"
        elif not fits and not any(model.built for model in models):
            status = "skipped"
        return cls(
            filename=filename,
            status=status,
            assumed=tuple(report.get("assumed", ())),
            stubs=tuple(report.get("stubs", ())),
            error=error,
            models=models,
            fits=fits,
            device=report.get("device", "cpu"),
            isolation=report["isolation"],
            seconds=round(report["seconds"], 2),
            cpu_seconds=round(report.get("cpu_seconds", 0.0), 2),
            backend=report.get("backend", "tensorflow"),
            skipped=tuple(report.get("skipped", ())),
            cached=report.get("cached", False),
            evidence={tuple(found["place"]): _without_place(found) for found in report.get("evidence", ())},
            remaining=report.get("remaining", 0 if error is None else 10**6),
        )


def _without_place(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "place"}


def _essence(verdict: Verdict) -> tuple[Any, ...]:
    """What two runs with the same seed have in common; sums may differ in their last digits."""
    fits = tuple(
        (
            fit.line,
            fit.loss is None or f"{fit.loss:.3g}",
            fit.finite,
            str(fit.gradients),
            fit.depends_on_labels,
        )
        for fit in verdict.fits
    )
    return verdict.status, verdict.assumed, verdict.stubs, verdict.error, verdict.models, fits


def _close(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    pairs = zip(one, other, strict=False)
    return len(one) == len(other) and all(math.isclose(a, b, rel_tol=1e-3, abs_tol=1e-5) for a, b in pairs)


def _plain(value: Any) -> Any:
    """Tuples as lists, dataclasses as objects; what JSON cannot say (infinities) as None."""
    if isinstance(value, Error | Model | Fit):
        return {
            part.name: _plain(getattr(value, part.name))
            for part in fields(value)
            if part.name not in NOT_JSON
        }
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value

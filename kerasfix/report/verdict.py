"""Verdicts of verification in plain words."""

import re
from collections.abc import Iterator
from dataclasses import replace
from textwrap import shorten

from kerasfix.report import Paint, clean
from kerasfix.search import Outcome, titles
from kerasfix.verify import Error, Fit, Model, Verdict

_MOST = 5
"""So many attempts of a search are listed."""
_LONGEST = 140
"""Characters of an attempt's error."""
_OF_NO_DATA = re.compile(
    r"^(NameError|ImportError|ModuleNotFoundError|SyntaxError): "
    r"|Argument\(s\) not recognized|unexpected keyword argument"
    r"|'(Sequential|Functional|Model)' object has no attribute|module '(keras|tensorflow)[\w.]*' has no attribute"
)
"""Errors that have nothing to do with the data."""
_COLOURS = {"passed": "green", "failed": "red", "timeout": "red", "skipped": "yellow"}


def description(place: str, verdict: Verdict, paint: Paint) -> Iterator[str]:
    """A verdict for `kerasfix verify`: one line for each thing that was seen."""
    status = paint(verdict.status, fg=_COLOURS[verdict.status], bold=True)
    yield f"{paint(place, bold=True)}: {status} in {verdict.seconds:.1f} s on {_where(verdict)}{_runs(verdict)}"
    for line in _details(verdict):
        yield f"  {line}"
    if verdict.isolation == "none":
        yield "  the run was not isolated"


def repaired(place: str, outcome: Outcome, paint: Paint) -> Iterator[str]:
    """What a search for a repair has tried and found."""
    if not outcome.attempts:
        yield from description(place, outcome.before, paint)
        return
    place, chosen = paint(place, bold=True), outcome.chosen
    if chosen is None:
        yield f"{place}: {paint('not written', fg='red', bold=True)}: the fixed script does not run better"
    elif chosen.verdict.ran:
        yield f"{place}: {paint('verified', fg='green', bold=True)}"
    else:
        yield f"{place}: {paint('runs better', fg='yellow', bold=True)}"
    yield f"  before: {_outcome(outcome.before)}"
    if chosen is None and len(outcome.attempts) == 1:
        yield f"  after: {_outcome(outcome.attempts[0].verdict)}"
        return
    for line in _details(chosen.verdict) if chosen is not None else ():
        yield f"  after: {line}"
    if chosen is not None and (same := chosen.verdict.same_results(outcome.before)) is not None:
        yield f"  after: parameters and predictions are {'the same as' if same else 'others than'} before"
    if len(outcome.attempts) > 1:
        yield from _tried(outcome)


def _tried(outcome: Outcome) -> Iterator[str]:
    """Each attempt of a search, by the fixes that not all attempts share."""
    sets = [dict.fromkeys(titles(attempt)) for attempt in outcome.attempts]
    shared = set.intersection(*map(set, sets))
    left_out = 0
    for number, (attempt, fixes) in enumerate(zip(outcome.attempts, sets, strict=True), 1):
        written = attempt is outcome.chosen
        if number > _MOST and not written:
            left_out += 1
            continue
        own = [clean(fix) for fix in fixes if fix not in shared] or ["the fixes that all share"]
        said = shorten(_outcome(attempt.verdict), _LONGEST, placeholder=" ...")
        yield f"  {'written' if written else 'tried'} ({number}): {'; '.join(own)}: {said}"
    if left_out:
        yield f"  and {left_out} more, none of which {'ran better' if outcome.chosen else 'ran'}"
    if outcome.exhausted:
        yield f"  the budget of this file was used up ({outcome.seconds:.0f} s of CPU, see --budget)"


def about_model(verdict: Verdict, line: int | None) -> Iterator[str]:
    """What a run has shown of the model that is made on a line, and of its training; for editors."""
    models = tuple(model for model in verdict.models if model.line == line)
    yield from _details(replace(verdict, models=models or verdict.models))


def _where(verdict: Verdict) -> str:
    """What computed; TensorFlow is not named."""
    return clean(verdict.device) + ("" if verdict.backend == "tensorflow" else f" with {verdict.backend}")


def _runs(verdict: Verdict) -> str:
    if verdict.runs > 1:
        return f", {verdict.runs} runs: " + (
            "the same verdict each time" if verdict.stable else "they differ"
        )
    return " (run before, unchanged)" if verdict.cached else ""


def _details(verdict: Verdict) -> Iterator[str]:
    if verdict.error and verdict.status == "timeout":
        yield f"{_place(verdict, verdict.error)}{clean(verdict.error.message)} (see --timeout)"
    elif verdict.error:
        yield _error(verdict, verdict.error)
    if verdict.status == "skipped":
        yield "no model is built or fitted, so there is nothing to show"
    yield from (_model(verdict, model) for model in verdict.models)
    yield from (_fit(verdict, fit) for fit in verdict.fits)
    if verdict.assumed:
        names = ", ".join(f"`{clean(name)}`" for name in verdict.assumed)
        verb = "is" if len(verdict.assumed) == 1 else "are"
        yield f"made-up data stood in for {names}, which {verb} not there: " + (
            "this shows that the model builds and fits, not that the script works"
            if verdict.ran
            else "but what has failed is not due to it"
            if verdict.error and _OF_NO_DATA.search(f"{verdict.error.type}: {verdict.error.message}")
            else "what has failed may be due to it"
        )
    elif verdict.error and "<assumed " in verdict.error.message:
        yield "what has failed is a stand-in for a module that is not installed, so the script may be right"
    for what in verdict.skipped:
        yield f"not shown: {clean(what)}"
    if verdict.stubs:
        yield f"replaced for the run: {clean(', '.join(verdict.stubs))}"


def _outcome(verdict: Verdict) -> str:
    """A verdict in half a sentence."""
    if verdict.error and verdict.status == "timeout":
        return f"{_place(verdict, verdict.error)}{clean(verdict.error.message)}"
    if verdict.error:
        return _error(verdict, verdict.error)
    if verdict.status == "failed":
        return "the loss is not finite"
    on = " (on made-up data)" if verdict.assumed else ""
    return (
        "builds and fits" if verdict.fits else "builds" if verdict.models else "runs without a model"
    ) + on


def _error(verdict: Verdict, error: Error) -> str:
    return f"{_place(verdict, error)}{clean(error.type)}: {clean(error.message)}"


def _place(verdict: Verdict, error: Error) -> str:
    return "" if error.line is None else f"{verdict.place(error.line)}: "


def _model(verdict: Verdict, model: Model) -> str:
    name = f" `{clean(model.name)}`" if model.name else ""
    where = "" if model.line is None else f" ({verdict.place(model.line)})"
    if not model.built:
        return f"model{name}{where}: not built"
    count = "" if model.params is None else f", {model.params:,} parameters"
    shape = "" if model.output_shape is None else f", output {_shape(model.output_shape)}"
    return f"model{name}{where}: builds{shape}{count}"


def _shape(shape: object) -> str:
    """A shape as Keras writes it; several outputs have several."""
    if isinstance(shape, dict):
        return ", ".join(f"{clean(str(name))} {_shape(part)}" for name, part in shape.items())
    if isinstance(shape, list | tuple):
        if any(isinstance(part, list | tuple | dict) for part in shape):
            return ", ".join(map(_shape, shape))
        return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
    return str(shape)


def _fit(verdict: Verdict, fit: Fit) -> str:
    said = [f"loss {fit.loss:.4g}" if fit.loss is not None and fit.finite else ""]
    if not fit.finite:
        said.append(f"the loss is not finite ({fit.loss})")
    for kind, words in (("none", "no"), ("zero", "only zero"), ("nonfinite", "non-finite")):
        if names := fit.gradients.get(kind):
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            said.append(f"{words} gradient for {clean(', '.join(names[:3]))}{more}")
    if not any(fit.gradients.values()):
        said.append("every weight gets a gradient")
    if fit.depends_on_labels is not None:
        said.append("depends on the labels" if fit.depends_on_labels else "does not depend on the labels")
    return (
        f"fit{'' if fit.line is None else f' ({verdict.place(fit.line)})'}: {'; '.join(filter(None, said))}"
    )

"""`kerasfix shapes` against `model.summary()` of real Keras, for models written in every way."""

import inspect
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kerasfix.keras.layers import canonical_class
from kerasfix.shapes import Row, Summary, json_shape, summaries
from kerasfix.source import read_document
from tests.model_scripts import HEAD, SCRIPTS

pytestmark = pytest.mark.keras


def run(code: str) -> dict[str, Any]:
    """The models that a script binds to names of its module."""
    keras = pytest.importorskip("keras")
    keras.backend.clear_session()
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(code, "script.py", "exec"), names)
    return {name: value for name, value in names.items() if isinstance(value, keras.Model)}


def rows_of(model: Any) -> list[tuple[str, str, Any, int]]:
    """The rows of a summary: class, name, output shape, weights."""
    import keras

    functional = isinstance(model, keras.src.models.Functional) and not isinstance(model, keras.Sequential)
    inside = {node for nodes in model._nodes_by_depth.values() for node in nodes} if functional else None
    return [
        (type(part).__name__, part.name, output_of(part, inside), part.count_params() if built(part) else 0)
        for part in (model._operations if functional else model.layers)
    ]


def built(part: Any) -> bool:
    """Whether it is a layer with weights, or could be."""
    return bool(getattr(part, "built", False))


def output_of(part: Any, inside: set[Any] | None) -> Any:
    """The output shape that a summary shows, of the last call (in this model); `?` where Keras does not know.

    A summary of Keras shows the last call anywhere, also in a model that was made later.
    """
    nodes = [node for node in part._inbound_nodes if inside is None or node in inside]
    if nodes:
        shapes = [list(tensor.shape) for tensor in nodes[-1].output_tensors]
    elif not part._build_shapes_dict:
        return "?"
    else:
        try:
            found = part.compute_output_shape(**part._build_shapes_dict)
        except NotImplementedError:
            return "?"
        nested = isinstance(found, list) or (isinstance(found, tuple) and isinstance(found[0], tuple))
        shapes = [list(shape) for shape in found] if nested else [list(found)]
    return shapes[0] if len(shapes) == 1 else shapes


def ours(row: Row) -> tuple[str, str | None, Any, int | None]:
    """The same of a row of kerasfix."""
    return row.class_name, row.name, json_shape(row.output), row.params


def compare(summary: Summary, model: Any) -> None:
    """All that the two say of one model."""
    theirs, mine = rows_of(model), list(map(ours, summary.rows))
    assert len(mine) == len(theirs)
    for row, expected in zip(mine, theirs, strict=True):
        known = row if expected[2] != "?" else (*row[:2], "?", row[3])
        assert known == expected, mine
    assert summary.params == model.count_params()
    assert summary.class_name == type(model).__name__


@pytest.mark.parametrize("name", SCRIPTS)
def test_summaries_are_those_of_keras(name: str) -> None:
    code = HEAD + SCRIPTS[name]
    found = {summary.name: summary for summary in summaries(read_document(code.encode(), "script.py"))}
    models = run(code)
    assert models
    for variable, model in models.items():
        compare(found[variable], model)


# The data set that the fourth one names does not exist, and nobody knows which was meant.
FIXTURES = [
    path
    for path in sorted((Path(__file__).parent.parent / "fixtures/article/fixed").glob("*.py"))
    if not path.stem.startswith("4_")
]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_summaries_of_the_fixtures(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keras = pytest.importorskip("keras")
    for name in ("mnist", "fashion_mnist", "cifar10", "cifar100"):
        shape = (32, 32, 3) if name.startswith("cifar") else (28, 28)
        half = (np.zeros((60, *shape), "uint8"), np.zeros(60, "uint8"))
        monkeypatch.setattr(getattr(keras.datasets, name), "load_data", lambda half=half: (half, half))
    code = path.read_text(encoding="utf-8")
    found = {summary.name: summary for summary in summaries(read_document(code.encode(), path.name))}
    # Nothing is trained here: what data do to the models, `build` does too.
    models = run(re.sub(r"(?m)^.*\.(fit|evaluate|predict)\(.*$", "", code))
    assert found.keys() == models.keys()
    for variable, model in models.items():
        if not model.built:
            model.build(tuple(json_shape(found[variable].inputs)))
        compare(found[variable], model)


def test_the_layers_that_hand_masks_on_are_those_of_keras() -> None:
    keras = pytest.importorskip("keras")
    from kerasfix.trace.library.masks import _PASSING, _TAKERS

    def says_so(cls: type) -> bool:
        return any(
            "supports_masking = True" in inspect.getsource(base.__init__)
            for base in cls.__mro__
            if base.__module__.startswith("keras.src.layers.") and "__init__" in vars(base)
        )

    classes = {
        canonical_class(name): cls
        for name, cls in vars(keras.layers).items()
        if isinstance(cls, type) and issubclass(cls, keras.layers.Layer)
    }
    passing = {
        name
        for name, cls in classes.items()
        if cls.compute_mask is keras.layers.Layer.compute_mask and says_so(cls)
    }
    assert passing - {"Wrapper"} == _PASSING
    taking = {name for name, cls in classes.items() if "mask" in inspect.signature(cls.call).parameters}
    assert taking - {"StackedRNNCells"} == _TAKERS

"""The models of a script as tables: layers, output shapes, weights, and the data that is given to them.

What `model.summary()` prints, read off the trace: nothing is run.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kerasfix.keras.naming import real_class
from kerasfix.keras.shape import ANY, UNKNOWN_SPEC, Shape, Structure, TensorSpec, show
from kerasfix.linter import mentions_keras
from kerasfix.source import Document, Source

if TYPE_CHECKING:
    import libcst as cst

    from kerasfix.syntax.module import Module
    from kerasfix.trace import Program
    from kerasfix.trace.library.graphs import Part
    from kerasfix.trace.values import Argument, Model


@dataclass(slots=True)
class Row:
    """One layer, nested model or operation of a model."""

    line: int | None
    class_name: str
    name: str | None
    """Its name in Keras; None where that is not known."""
    output: Structure | None
    """None where it is not known, as before a model is built."""
    params: int | None
    sources: list[int] = field(default_factory=list)
    """The rows that it gets its input from; -1 is the input of a Sequential model."""
    cell: int | None = None
    """The cell of a notebook that `line` is in."""

    @property
    def label(self) -> str:
        """`dense_1 (Dense)`, as in Keras's summary."""
        return f"{self.name or '?'} ({self.class_name})"


@dataclass(slots=True)
class Data:
    """What one call gives to a model."""

    method: str
    line: int | None
    parts: dict[str, TensorSpec]
    """The arguments that are arrays of known shape: `x`, `y`."""
    cell: int | None = None


@dataclass(slots=True)
class Summary:
    """One model."""

    name: str
    line: int | None
    kind: str
    """`Sequential`, `Functional` or `Subclass`."""
    class_name: str
    inputs: Structure | None
    output: Structure | None
    params: int | None
    rows: list[Row]
    data: list[Data] = field(default_factory=list)
    cell: int | None = None

    @property
    def is_chain(self) -> bool:
        """Whether each layer gets just what the one before gives."""
        return all(row.sources in ([place - 1], []) for place, row in enumerate(self.rows))


def summaries(document: Document) -> list[Summary]:
    """The models of all programs in a document."""
    return [summary for source in document.sources for summary in _of_source(document, source)]


def _of_source(document: Document, source: Source) -> Iterator[Summary]:
    if not mentions_keras(source):
        return
    from kerasfix.syntax.module import Module
    from kerasfix.trace import trace

    module = Module.parse(source)
    program = trace(module)
    reader = _Reader(document, source, module, program)
    seen: set[str] = set()
    for model in program.models:
        summary = reader.summary(model)
        if (text := repr(summary)) not in seen:  # the same model, built again in a loop
            seen.add(text)
            yield summary


class _Reader:
    """Reads summaries off the program of one source."""

    def __init__(self, document: Document, source: Source, module: "Module", program: "Program") -> None:
        self.document = document
        self.source = source
        self.module = module
        self.program = program

    def _place(self, node: "cst.CSTNode | None") -> tuple[int | None, int | None]:
        """The line of a node, and in a notebook its cell."""
        if node is None or node not in self.module.spans:
            return None, None
        location = self.document.locate(self.source, self.module.span(node)[0])
        return location.row, location.cell

    def summary(self, model: "Model") -> Summary:
        """One model."""
        from kerasfix.trace.library import graphs

        known = model.known
        parts = graphs.parts_of(model) if model.opaque is None else []
        line, cell = self._place(model.origin)
        return Summary(
            model.name or model.label or model.class_name,
            line,
            model.kind,
            model.class_name,
            model.inputs if known else None,
            model.output if known else None,
            graphs.count(model) if known else None,
            self._rows(model, parts),
            list(self._data(model)),
            cell,
        )

    def _rows(self, model: "Model", parts: "list[Part]") -> list[Row]:
        from kerasfix.trace.library import graphs
        from kerasfix.trace.values import Layer, LayerCall, Model

        places = {id(part): place for place, part in enumerate(parts)}
        # Of a layer that is called several times, Keras shows what it made last.
        last = {id(graphs.part_of(step)): step for step in sorted(model.steps, key=lambda step: step.order)}
        rows: list[Row] = []
        for place, part in enumerate(parts):
            step = part if isinstance(part, LayerCall) else last.get(id(part)) or part.first
            output: Structure | None = step.output if step is not None else None
            eager = step is not None and not step.parents  # then Keras shows what the model was made with
            if (
                isinstance(part, Model)
                and part.known
                and (
                    output is None
                    or (output == UNKNOWN_SPEC and step is not None and step.inputs in (None, UNKNOWN_SPEC))
                    or (eager and part.kind != "Subclass" and part.output is not None)
                )
            ):
                output = part.output
            if isinstance(part, Layer) and part.cls == "InputLayer":
                output = _input_spec(model, part)
            match part:
                case Layer():
                    name, class_name, node = part.name, real_class(part.class_name), part.origin
                case Model():
                    name, class_name, node = part.label, part.class_name, part.origin
                case _:
                    name, class_name, node = part.name, graphs.operation_of(part), part.node
            operation = isinstance(part, LayerCall) and model.kind != "Sequential"
            params = 0 if operation else None if isinstance(part, LayerCall) else graphs.count(part)
            line, cell = self._place(node)
            row = Row(line, class_name, name, output, params, cell=cell)
            row.sources = [place - 1] if model.kind == "Sequential" else _sources(model, part, places)
            rows.append(row)
        return rows

    def _data(self, model: "Model") -> Iterator[Data]:
        from kerasfix.trace.records import Feed

        for record in self.program.records:
            if isinstance(record, Feed) and record.model is model:
                found = {"x": _spec(record.x), "y": _spec(record.y)}
                parts = {name: spec for name, spec in found.items() if spec is not None}
                if parts:
                    line, cell = self._place(record.node)
                    yield Data(record.method, line, parts, cell)


def _spec(argument: "Argument | None") -> TensorSpec | None:
    from kerasfix.trace.values import Array

    return argument.value.spec if argument is not None and isinstance(argument.value, Array) else None


def _input_spec(model: "Model", layer: "Part") -> TensorSpec | None:
    from kerasfix.trace.library import graphs
    from kerasfix.trace.library.layers import tensors

    entries = (*tensors(model.entry), *(tensor for step in model.steps for tensor in graphs.sources(step)))
    return next((tensor.spec for tensor in entries if tensor.source is layer), None)


def _sources(model: "Model", part: "Part", places: dict[int, int]) -> list[int]:
    """The rows that a part of a Functional model gets its inputs from, in order."""
    from kerasfix.trace.library import graphs
    from kerasfix.trace.library.layers import tensors
    from kerasfix.trace.values import LayerCall

    stop = {id(tensor) for tensor in tensors(model.entry)}
    found: dict[int, None] = {}
    for step in (*model.steps, *((part,) if isinstance(part, LayerCall) and part.operation else ())):
        if graphs.part_of(step) is part:
            for parent in graphs.sources(step):
                source = graphs.source_of(parent, stop)
                if source is not None:
                    key = id(graphs.part_of(source)) if not hasattr(source, "cls") else id(source)
                    found |= {places[key]: None} if key in places else {}
    return list(found)


# --- as JSON --------------------------------------------------------------------------------------------


def as_json(filename: str, models: list[Summary]) -> dict[str, Any]:
    """The summaries of one file under the names of the machine contract."""
    return {"filename": filename, "models": [_model(summary) for summary in models]}


def _model(summary: Summary) -> dict[str, Any]:
    return {
        "name": summary.name,
        **_cell(summary),
        "line": summary.line,
        "kind": summary.kind,
        "input_shape": json_shape(summary.inputs),
        "output_shape": json_shape(summary.output),
        "params": "?" if summary.params is None else summary.params,
        "layers": [
            {
                **_cell(row),
                "line": row.line,
                "class": row.class_name,
                "name": row.name or "?",
                "output_shape": json_shape(row.output),
                "params": "?" if row.params is None else row.params,
            }
            for row in summary.rows
        ],
    }


def _cell(part: Summary | Row) -> dict[str, int]:
    """The cell, in notebooks only."""
    return {} if part.cell is None else {"cell": part.cell}


def json_shape(structure: Structure | None) -> Any:
    """A shape as a list, several as a list or object of lists; what is not known is `?`, a size null."""
    match structure:
        case TensorSpec(shape=tuple(shape)):
            return [dim if isinstance(dim, int) else None for dim in shape]
        case dict():
            return {name: json_shape(part) for name, part in structure.items()}
        case tuple():
            return [json_shape(part) for part in structure]
    return "?"


def text_shape(structure: Structure | None) -> str:
    """A shape as Keras prints it; `?` for what is not known."""
    match structure:
        case TensorSpec(shape=shape):
            return show(shape)
        case dict():
            return "{" + ", ".join(f"{name}: {text_shape(part)}" for name, part in structure.items()) + "}"
        case tuple():
            return "[" + ", ".join(text_shape(part) for part in structure) + "]"
    return "?"


def is_known(shape: Shape | None) -> bool:
    """Whether each size of a shape is known."""
    return shape is not None and ANY not in shape

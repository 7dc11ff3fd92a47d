"""Summaries of models as text: tables for people, JSON, and Mermaid diagrams."""

import json
from collections.abc import Iterator

from kerasfix.report import Paint, clean, plain
from kerasfix.shapes import Data, Summary, as_json, text_shape

FORMATS = ("full", "json", "mermaid", "svg")

Files = list[tuple[str, list[Summary]]]
"""Each file's name, with its models."""


def render(form: str, files: Files, paint: Paint = plain) -> str:
    """All summaries in one of `FORMATS`; the text ends in a newline, or is empty."""
    match form:
        case "json":
            objects = [as_json(name, models) for name, models in files]
            return json.dumps(objects[0] if len(objects) == 1 else objects, indent=2) + "\n"
        case "mermaid":
            return mermaid(files)
        case "svg":
            from kerasfix.report.svg import drawing

            return drawing(files)
    return "\n".join(_table(name, model, paint) for name, models in files for model in models)


# --- the table ------------------------------------------------------------------------------------------

HEAD = ("line", "layer", "output shape", "parameters", "from")
_RIGHT = (0, 3)


def _table(filename: str, model: Summary, paint: Paint) -> str:
    chain = model.is_chain
    body = [cells(model, place, chain) for place in range(len(model.rows))]
    total = ["", "total", "", count(model.params)]
    head = list(HEAD[: 4 if chain else 5])
    widths = [
        max(len(row[column]) if column < len(row) else 0 for row in (head, total, *body))
        for column in range(len(head))
    ]
    lines = [
        f"{paint(_place(filename, model), bold=True)} {paint(clean(model.name), fg='cyan', bold=True)}"
        f" ({clean(model.class_name)}): {flow(model)}",
        _line(head, widths, paint, dim=True),
        *(_line(row, widths, paint) for row in body),
        _line(total, widths, paint, bold=True),
        *(f"  {paint(text, fg='green')}" for text in map(given, model.data)),
    ]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _place(filename: str, model: Summary) -> str:
    cell = f"cell {model.cell}:" if model.cell else ""
    return f"{clean(filename)}:" + (f"{cell}{model.line}:" if model.line else "")


def flow(model: Summary) -> str:
    """What goes into a model, and what comes out."""
    if model.inputs is None:
        return "its input is not known"
    return f"{clean(text_shape(model.inputs))} -> {clean(text_shape(model.output))}"


def cells(model: Summary, place: int, chain: bool) -> list[str]:
    """The cells of a row, under `HEAD`; in a chain without the last one."""
    row = model.rows[place]
    sources = [
        model.rows[source].name or model.rows[source].class_name for source in row.sources if source >= 0
    ]
    line = [
        f"{row.cell}:{row.line}" if row.cell else str(row.line or ""),
        clean(row.label), clean(text_shape(row.output)), count(row.params),
    ]  # fmt: skip
    return line if chain else [*line, clean(", ".join(sources))]


def count(params: int | None) -> str:
    """A number of parameters."""
    return "?" if params is None else f"{params:,}"


def _line(cells: list[str], widths: list[int], paint: Paint, **style: bool) -> str:
    padded = [
        cell.rjust(width) if column in _RIGHT else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=False))
    ]
    if style:
        return "  " + paint("  ".join(padded), **style)
    colours = ("bright_black", "", "yellow", "", "bright_black")
    painted = [
        paint(cell, fg=colour) if colour else cell for cell, colour in zip(padded, colours, strict=False)
    ]
    return "  " + "  ".join(painted)


def given(data: Data) -> str:
    """What a call gives to a model."""
    given = ", ".join(
        f"{name} {text_shape(spec)} {spec.dtype or ''}".rstrip() for name, spec in data.parts.items()
    )
    cell = f"cell {data.cell}, " if data.cell else ""
    where = f" ({cell}line {data.line})" if data.line else ""
    return f"{data.method}{where}: {given}"


# --- Mermaid --------------------------------------------------------------------------------------------


def mermaid(files: Files) -> str:
    """One flowchart for each model."""
    return "\n".join(_chart(model) for _, models in files for model in models)


def _chart(model: Summary) -> str:
    lines = ["---", f"title: {json.dumps(clean(model.name), ensure_ascii=False)}", "---", "flowchart TD"]
    lines += [f'  n{place}["{_label(text)}"]' for place, text in nodes(model)]
    lines += [f"  n{source} --> n{target}" for source, target in edges(model)]
    return "".join(f"{line}\n" for line in lines).replace("n-1", "input")


def nodes(model: Summary) -> Iterator[tuple[int, list[str]]]:
    """The boxes of a diagram, by row, with their lines of text; -1 is the input of a Sequential model."""
    if any(-1 in row.sources for row in model.rows):
        yield -1, ["input", text_shape(model.inputs)]
    for place, row in enumerate(model.rows):
        weights = [] if row.params == 0 else [f"{count(row.params)} parameters"]
        yield place, [row.label, text_shape(row.output), *weights]


def edges(model: Summary) -> Iterator[tuple[int, int]]:
    """The arrows of a diagram, from row to row."""
    for place, row in enumerate(model.rows):
        for source in row.sources:
            yield source, place


def _label(lines: list[str]) -> str:
    """Lines of text in a box; what Mermaid might take for its own is written as `#number;`."""
    return "<br/>".join(
        "".join(f"#{ord(char)};" if char in '"#&<>`\\' else char for char in clean(line)) for line in lines
    )

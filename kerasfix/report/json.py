"""`--output-format json`: one array, an object for each finding; for editors, scripts and tests."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasfix.report import Paint, Placed
from kerasfix.source import Location

if TYPE_CHECKING:
    from kerasfix.finding import Edit


def render(findings: Sequence[Placed], _paint: Paint) -> str:
    """The array, indented."""
    return json.dumps([as_object(placed) for placed in findings], indent=2) + "\n"


def as_object(placed: Placed) -> dict[str, Any]:
    """One finding."""
    finding, fix = placed.finding, placed.fix
    return {
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "filename": placed.document.path if placed.document.path == "-" else _absolute(placed.document.path),
        **({"table": {"filename": _absolute(row[0]), "row": row[1]}} if (row := placed.document.row) else {}),
        "cell": placed.start.cell,
        "location": _location(placed.start),
        "end_location": _location(placed.end),
        "severity": finding.severity.value,
        "url": placed.url,
        "fix": None
        if fix is None
        else {
            "applicability": fix.applicability.value,
            "message": fix.title,
            "edits": [_edit(placed, edit) for edit in fix.edits],
        },
    }


def _edit(placed: Placed, edit: "Edit") -> dict[str, Any]:
    start, end = (placed.document.locate(placed.source, offset) for offset in (edit.start, edit.end))
    return {
        "content": placed.source.embedded(edit.content),
        **({} if start.cell is None else {"cell": start.cell}),  # it may be another one than the finding's
        "location": _location(start),
        "end_location": _location(end),
    }


def _absolute(path: str) -> str:
    return str(Path(path).absolute())


def _location(location: Location) -> dict[str, int]:
    return {"row": location.row, "column": location.column}

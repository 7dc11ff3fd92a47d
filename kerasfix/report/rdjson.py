"""`--output-format rdjson`: Reviewdog's diagnostic format, with fixes as suggestions."""

import json
from collections.abc import Sequence
from typing import Any

from kerasfix import __version__
from kerasfix.report import URL, Paint, Placed, project_path
from kerasfix.source import Source


def render(findings: Sequence[Placed], _paint: Paint) -> str:
    """One object for all findings."""
    result = {
        "source": {"name": f"kerasfix {__version__}", "url": URL},
        "diagnostics": [_diagnostic(placed) for placed in findings],
    }
    return json.dumps(result, indent=2) + "\n"


def _diagnostic(placed: Placed) -> dict[str, Any]:
    finding = placed.finding
    location: dict[str, Any] = {"path": project_path(placed.document.path)}
    diagnostic: dict[str, Any] = {
        "message": placed.message,
        "location": location,
        "severity": finding.severity.value.upper(),
        "code": {"value": finding.code, **({"url": placed.url} if placed.url else {})},
    }
    if placed.start.cell is None:  # of a notebook Reviewdog knows the JSON only
        location["range"] = _range(placed, finding.start, finding.end)
        diagnostic["suggestions"] = [
            {
                "range": _range(placed, edit.start, edit.end),
                "text": placed.source.embedded(edit.content),
            }
            for edit in (placed.fix.edits if placed.fix else ())
        ]
    return diagnostic


def _range(placed: Placed, start: int, end: int) -> dict[str, Any]:
    return {"start": _position(placed, start), "end": _position(placed, end)}


def _position(placed: Placed, offset: int) -> dict[str, int]:
    """Reviewdog counts columns in bytes of UTF-8."""
    location = placed.document.locate(placed.source, offset)
    return {"line": location.row, "column": location.column + _extra_bytes(placed.source, offset)}


def _extra_bytes(source: Source, offset: int) -> int:
    """How many more bytes than characters stand before an offset on its line."""
    row, column = source.row_column(offset)
    before = source.text[source.line_starts[row] :][:column]
    return len(before.encode()) - len(before)

"""`--output-format gitlab`: a Code Quality report, which GitLab shows in merge requests."""

import json
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from kerasfix.finding import Severity
from kerasfix.report import Paint, Placed, clean, project_path

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(findings: Sequence[Placed], _paint: Paint) -> str:
    """An array, an object for each finding, with paths relative to the project."""
    seen: Counter[str] = Counter()
    return json.dumps([_object(placed, seen) for placed in findings], indent=2) + "\n"


def _object(placed: Placed, seen: Counter[str]) -> dict[str, Any]:
    finding, (start, end) = placed.finding, placed.in_file
    path = project_path(placed.document.path)
    return {
        "description": f"{finding.code}: {placed.message}",
        "check_name": finding.code,
        "fingerprint": _fingerprint(placed, path, seen),
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": path,
            "positions": {
                "begin": {"line": start.row, "column": start.column},
                "end": {"line": end.row, "column": end.column},
            },
        },
    }


def _fingerprint(placed: Placed, path: str, seen: Counter[str]) -> str:
    """The same for the same fault when the lines above it change; no two findings share one."""
    row = placed.source.row_column(placed.finding.start)[0]
    about = "\0".join((clean(path), placed.finding.code, clean(placed.source.line(row).strip())))
    seen[about] += 1
    return sha256(f"{about}\0{seen[about]}".encode()).hexdigest()

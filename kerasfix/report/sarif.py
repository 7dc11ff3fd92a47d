"""`--output-format sarif`: SARIF 2.1.0, for code scanning (GitHub and others) and for SARIF viewers."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kerasfix import __version__
from kerasfix.finding import Applicability, Fix, Severity
from kerasfix.report import URL, Paint, Placed, clean, place, project_path
from kerasfix.source import Location

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(findings: Sequence[Placed], _paint: Paint) -> str:
    """One run with the rules that found something and their results."""
    pages = {placed.finding.code: placed.url for placed in findings}
    codes = sorted(pages)
    run = {
        "tool": {
            "driver": {
                "name": "kerasfix",
                "informationUri": URL,
                "version": __version__,
                "rules": [_rule(code, pages[code]) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(placed, codes) for placed in findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: str, page: str | None) -> dict[str, Any]:
    from kerasfix.registry import rule_by_code_or_name

    rule = rule_by_code_or_name(code)
    if rule is None:  # an external rule that is gone
        return {"id": code}
    text = rule.documentation.strip()
    return {
        "id": code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        **({"helpUri": page} if page else {}),
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"problem.severity": _LEVELS[rule.severity].replace("note", "recommendation")},
    }


def _result(placed: Placed, codes: list[str]) -> dict[str, Any]:
    finding = placed.finding
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": _LEVELS[finding.severity],
        "message": {"text": placed.message},
        "locations": [_location(placed, finding.start, finding.end)],
    }
    if finding.notes:
        result["relatedLocations"] = [
            {
                "id": number,
                "message": {"text": clean(note.message)},
                **_location(placed, note.start, note.end),
            }
            for number, note in enumerate(finding.notes, 1)
        ]
    fixes = [fix for fix in finding.fixes if fix.applicability is not Applicability.DISPLAY and fix.edits]
    if fixes and placed.start.cell is None:  # edits of a cell are no edits of the notebook's file
        result["fixes"] = [_fix(placed, fix) for fix in fixes]
    return result


def _location(placed: Placed, start: int, end: int) -> dict[str, Any]:
    first = placed.document.locate(placed.source, start)
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": _artifact(placed)}}
    if first.cell is None:
        region = _region(first, placed.document.locate(placed.source, end))
    else:  # a viewer counts the lines of the JSON
        region = {"startLine": 1}
        name = place(placed.document, first)
        location["logicalLocations"] = [
            {"name": f"cell {first.cell}", "fullyQualifiedName": name, "kind": "cell"}
        ]
    location["physicalLocation"]["region"] = region
    return location


def _fix(placed: Placed, fix: Fix) -> dict[str, Any]:
    return {
        "description": {"text": clean(fix.title)},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(placed),
                "replacements": [
                    {
                        "deletedRegion": _region(
                            placed.document.locate(placed.source, edit.start),
                            placed.document.locate(placed.source, edit.end),
                        ),
                        "insertedContent": {"text": placed.source.embedded(edit.content)},
                    }
                    for edit in fix.edits
                ],
            }
        ],
    }


def _artifact(placed: Placed) -> dict[str, str]:
    path = project_path(placed.document.path)
    return {"uri": Path(path).as_uri() if Path(path).is_absolute() else quote(path)}


def _region(start: Location, end: Location) -> dict[str, int]:
    return {
        "startLine": start.row,
        "startColumn": start.column,
        "endLine": end.row,
        "endColumn": end.column,
    }

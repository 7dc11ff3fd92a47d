"""`--output-format github`: workflow commands that GitHub shows as annotations on the changed lines."""

from collections.abc import Sequence
from pathlib import Path

from kerasfix.finding import Severity
from kerasfix.report import Paint, Placed, clean

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(findings: Sequence[Placed], _paint: Paint) -> str:
    """`::error title=kerasfix (CODE),file=...,line=...::path:row:column: CODE message`."""
    return "".join(f"{_command(placed)}\n" for placed in findings)


def _command(placed: Placed) -> str:
    finding, (start, end) = placed.finding, placed.in_file
    properties = {
        "title": f"kerasfix ({finding.code})",
        "file": clean(str(Path(placed.document.path).absolute())),
        "line": start.row,
        "col": start.column,
        "endLine": end.row,
        "endColumn": end.column,
    }
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    message = f"{placed.place}: {finding.code} {clean(finding.message)}"
    if placed.fix:
        message += f"\n  help: {clean(placed.fix.title)}"
    return f"::{_COMMANDS[finding.severity]} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

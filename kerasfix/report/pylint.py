"""`--output-format pylint`: the lines of Pylint's own reports, which many CI servers read."""

from collections.abc import Sequence

from kerasfix.report import Paint, Placed, clean


def render(findings: Sequence[Placed], _paint: Paint) -> str:
    """`path:row: [CODE] message`."""
    return "".join(
        f"{clean(placed.document.path)}:{placed.in_file[0].row}: [{placed.finding.code}] {placed.message}\n"
        for placed in findings
    )

"""`--output-format grouped`: the findings of each file below its name."""

from collections.abc import Sequence
from itertools import groupby

from kerasfix.report import Paint, Placed, clean


def render(findings: Sequence[Placed], paint: Paint) -> str:
    """`path:`, then `  row:column CODE [*] message` in columns, and a blank line."""
    groups = groupby(findings, key=lambda placed: placed.document.path)
    return "".join(_group(path, list(group), paint) for path, group in groups)


def _group(path: str, findings: list[Placed], paint: Paint) -> str:
    places = [placed.place.removeprefix(f"{clean(path)}:") for placed in findings]
    width = max(map(len, places))
    lines = [f"{paint(clean(path), bold=True, underline=True)}:"]
    for place, placed in zip(places, findings, strict=True):
        code = paint(placed.finding.code, fg="red", bold=True)
        mark = f"[{paint('*', fg='cyan')}] " if placed.applicable else ""
        lines.append(f"  {place:<{width}} {code} {mark}{clean(placed.finding.message)}")
    return "".join(f"{line}\n" for line in [*lines, ""])

"""`--output-format concise`: one line for each finding."""

from collections.abc import Sequence

from kerasfix.report import Paint, Placed, clean


def render(findings: Sequence[Placed], paint: Paint) -> str:
    """`path:row:column: CODE [*] message`."""
    return "".join(f"{_line(placed, paint)}\n" for placed in findings)


def _line(placed: Placed, paint: Paint) -> str:
    finding = placed.finding
    path, place = (
        placed.place[: len(clean(placed.document.path))],
        placed.place[len(clean(placed.document.path)) :],
    )
    mark = f"[{paint('*', fg='cyan')}] " if placed.applicable else ""
    code = paint(finding.code, fg="red", bold=True)
    colon = paint(":", fg="cyan")
    return f"{paint(path, bold=True)}{place.replace(':', colon)}{colon} {code} {mark}{clean(finding.message)}"

"""`--output-format azure`: logging commands that Azure Pipelines shows as issues of the build."""

from collections.abc import Sequence

from kerasfix.finding import Severity
from kerasfix.report import Paint, Placed, clean


def render(findings: Sequence[Placed], _paint: Paint) -> str:
    """`##vso[task.logissue type=error;sourcepath=...;linenumber=...;columnnumber=...;code=CODE;]message`."""
    return "".join(f"{_command(placed)}\n" for placed in findings)


def _command(placed: Placed) -> str:
    start = placed.in_file[0]
    properties = {
        "type": "error" if placed.finding.severity is Severity.ERROR else "warning",  # there is no third
        "sourcepath": clean(placed.document.path),
        "linenumber": str(start.row),
        "columnnumber": str(start.column),
        "code": placed.finding.code,
    }
    listed = "".join(f"{name}={_property(value)};" for name, value in properties.items())
    return f"##vso[task.logissue {listed}]{_data(placed.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(";", "%3B").replace("]", "%5D")

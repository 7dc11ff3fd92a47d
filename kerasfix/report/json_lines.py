"""`--output-format json-lines`: the objects of `json`, one a line."""

import json
from collections.abc import Sequence

from kerasfix.report import Paint, Placed
from kerasfix.report.json import as_object


def render(findings: Sequence[Placed], _paint: Paint) -> str:
    """A line for each finding."""
    return "".join(f"{json.dumps(as_object(placed))}\n" for placed in findings)

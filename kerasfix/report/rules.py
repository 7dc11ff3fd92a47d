"""`kerasfix rule`: what a rule says of itself, as Markdown or JSON."""

import json
import re
from collections.abc import Sequence
from typing import Any

from kerasfix.report import Paint
from kerasfix.rule import Fixable, Rule

FIXABLE = {
    Fixable.ALWAYS: "Fix is always available.",
    Fixable.SOMETIMES: "Fix is sometimes available.",
    Fixable.NEVER: "",
}


def as_text(rule: Rule) -> str:
    """The documentation, then the examples, which are also the rule's tests."""
    off = "" if rule.default else "Off by default: select it by name, by family or with `ALL`."
    head = " ".join(part for part in (f"Level: {rule.severity}.", FIXABLE[rule.fixable], off) if part)
    parts = [f"# {rule.name} ({rule.code})", head, rule.documentation.strip()]
    for example in rule.examples:
        parts += ["## Example", _block(example.code)]
        if example.fixed is not None:
            parts += ["Use instead:", _block(example.fixed)]
    if rule.near_misses:
        parts += ["## Not reported", *map(_block, rule.near_misses)]
    return "\n\n".join(parts)


def painted(text: str, paint: Paint) -> str:
    """The documentation for a terminal: headings stand out, code is in another colour, and its fences are gone."""
    lines, in_code = [], False
    for line in text.split("\n"):
        if line.startswith("```"):
            in_code = not in_code
        elif in_code:
            lines.append(paint(f"    {line}".rstrip(), fg="cyan"))
        elif line.startswith("#"):
            lines.append(paint(line.lstrip("# "), bold=True, underline=line.startswith("# ")))
        else:
            lines.append(re.sub(r"`([^`]+)`", lambda code: paint(code[1], fg="cyan"), line))
    return "\n".join(lines)


def as_json(rules: Sequence[Rule], several: bool) -> str:
    """An object, or an array of objects for `--all`."""
    objects = [_object(rule) for rule in rules]
    return json.dumps(objects if several else objects[0], indent=2)


def _object(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "severity": rule.severity.value,
        "fix": rule.fixable.value,
        "default": rule.default,
        "since": rule.since,
        "explanation": rule.documentation.strip(),
        "examples": [
            {
                "code": example.code,
                "findings": [{"row": row, "code": code} for row, code in example.expected],
                "fixed": example.fixed,
            }
            for example in rule.examples
        ],
        "near_misses": list(rule.near_misses),
    }


def _block(code: str) -> str:
    return f"```python\n{code.strip()}\n```"

"""What f-strings are worth."""

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from kerasfix.trace.flow import MAX_ITEMS
from kerasfix.trace.values import Const, Unknown, Value, taint_of

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter


def formatted(interp: "Interpreter", node: cst.FormattedString) -> Value:
    """The text of an f-string, where all that is put into it is known."""
    text: str | None = ""
    values: list[Value] = []
    for part in node.parts:
        if isinstance(part, cst.FormattedStringExpression):
            values.append(interp.evaluate(part.expression))
            piece = _plain_text(values[-1]) if _is_plain(part) else _formatted_text(values[-1], part)
        else:
            assert isinstance(part, cst.FormattedStringText)
            plain = "\\" not in part.value and "{{" not in part.value and "}}" not in part.value
            piece = part.value if plain else None
        text = text + piece if text is not None and piece is not None else None
    if text is None or len(text) > MAX_ITEMS:
        return Unknown(node, taint_of(*values))
    return Const(text, node, taint_of(*values))


def _is_plain(part: cst.FormattedStringExpression) -> bool:
    return part.format_spec is None and part.conversion is None and part.equal is None


def _formatted_text(value: Value, part: cst.FormattedStringExpression) -> str | None:
    """A number in a width of its own: `{n:04b}`."""
    spec = part.format_spec
    if part.conversion is not None or part.equal is not None or spec is None or len(spec) != 1:
        return None
    text = spec[0].value if isinstance(spec[0], cst.FormattedStringText) else ""
    if not _FORMAT.fullmatch(text) or not isinstance(value, Const) or type(value.value) is not int:
        return None
    return format(value.value, text)


_FORMAT: Final = re.compile(r"0?\d{1,2}[bodxX]?")


def _plain_text(value: Value) -> str | None:
    """What a number or word is in an f-string."""
    known = isinstance(value, Const) and isinstance(value.value, (str, int))
    return str(value.value) if known and isinstance(value, Const) else None

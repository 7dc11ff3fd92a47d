"""Where the values of a JSON text stand in it, so that one can be changed and all else keeps its bytes."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

_BLANKS = re.compile(r"[ \t\r\n]*")
_decode = json.JSONDecoder().raw_decode


class Span(NamedTuple):
    """The characters of a value."""

    start: int
    end: int


def members(text: str, start: int) -> dict[str, Span]:
    """The values of the object at an offset of a valid JSON text, by key; of equal keys the last one counts."""
    found: dict[str, Span] = {}
    position = _blanks(text, start + 1)
    while text[position] != "}":
        key, position = _decode(text, position)
        value = _blanks(text, _blanks(text, position) + 1)
        end = _decode(text, value)[1]
        found[key] = Span(value, end)
        position = _separator(text, end)
    return found


def items(text: str, start: int) -> Iterator[Span]:
    """The values of the array at an offset of a valid JSON text."""
    position = _blanks(text, start + 1)
    while text[position] != "]":
        end = _decode(text, position)[1]
        yield Span(position, end)
        position = _separator(text, end)


def _blanks(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position


def _separator(text: str, position: int) -> int:
    """Behind the comma at a place, if there is one."""
    position = _blanks(text, position)
    return _blanks(text, position + 1) if text[position] == "," else position

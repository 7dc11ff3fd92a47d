"""Whether a text is nested too deeply to be parsed: the parser's stack would overflow, and the process die.

Or so long that a parse takes minutes.
"""

import ast
import re
import warnings
from typing import Final

MAX_BRACKETS: Final = 100
"""Brackets within each other; Python itself refuses more than 200."""
MAX_CHAIN: Final = 1000
"""Operators, attributes, calls, strings or `elif` in a row, each of which the syntax tree puts within the last."""

MAX_SYNTAX: Final = 1_000_000
"""Characters of syntax (brackets, commas, operators, ends of lines): beyond, a parse takes minutes."""

_WORDS: Final = (" and ", " or ", " not ", " else ", "lambda", "await ")
_KEPT: Final = b"()[]{}+-*/%@&|^~<>.\"'\n,;=\\"
_TABLE: Final = bytes.maketrans(b"[]{}+-*/%@&|^~<>\"';=", b"()()..............,,")
_DROPPED: Final = bytes(set(range(256)) - set(_KEPT))
_GROUP: Final = re.compile(rb"\(([^()]*)\)")
_ENDS: Final = re.compile(rb"[,\n()]")


def looks_too_deep(text: str) -> bool:
    """A quick look that takes brackets and operators in strings for real ones: it may err towards yes."""
    if text.count("elif") > MAX_CHAIN:
        return True
    for word in _WORDS:
        text = text.replace(word, "+")
    left = text.encode("utf-8", "surrogatepass").translate(_TABLE, _DROPPED).replace(b"\\\n", b"")
    if len(left) > MAX_SYNTAX:
        return True
    deep = False

    def collapse(group: re.Match[bytes]) -> bytes:
        nonlocal deep
        inside = group[1]
        if len(inside) > MAX_CHAIN:
            parts = inside.replace(b"\n", b"").split(b",")
            deep = deep or max(map(len, parts)) > MAX_CHAIN
        return b"."

    for _ in range(MAX_BRACKETS + 1):
        left, found = _GROUP.subn(collapse, left)
        if not found:
            return deep or max(map(len, _ENDS.split(left))) > MAX_CHAIN
    return True


def is_too_deep(text: str) -> bool:
    """The exact answer, by Python's own tree: whether it has too many levels, or too many nodes.

    Raises:
        SyntaxError: it is no Python.
        ValueError: it has null bytes.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            level: list[ast.AST] = [ast.parse(text)]
    except (RecursionError, MemoryError):
        return True
    nodes = 0
    for _ in range(MAX_CHAIN):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        nodes += len(level)
        if not level:
            return nodes > MAX_SYNTAX
    return True

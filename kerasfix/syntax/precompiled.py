"""Imports libcst in half the time.

Its two hundred kinds of node are data classes, and `dataclasses` compiles five methods for each on every start. Their
byte code is kept here, where Python keeps that of modules. It is found by the text that it was compiled from, so it is
always what `dataclasses` would have compiled.
"""

import dataclasses
import marshal
import os
import sys
from contextlib import suppress
from importlib.util import MAGIC_NUMBER
from types import CodeType
from typing import Any

Kept = dict[str, CodeType]
"""Byte code, by its text."""


def import_libcst() -> None:
    """Import libcst, if it is not imported already."""
    if "libcst" in sys.modules:
        return
    kept = _read()
    used: Kept = {}

    def execute(text: str, *scopes: dict[str, Any]) -> None:
        used[text] = code = kept.get(text) or compile(text, "<string>", "exec", dont_inherit=True)
        exec(code, *scopes)

    dataclasses.exec = execute  # type: ignore[attr-defined]  # found there before the one of `builtins`
    try:
        import libcst  # noqa: F401
    finally:
        del dataclasses.exec  # type: ignore[attr-defined]
    if not used.keys() <= kept.keys():
        _write(used)


def _file() -> str | None:
    cached: str | None = globals()["__spec__"].cached
    return f"{cached}.libcst" if cached else None


def _read() -> Kept:
    with (
        suppress(OSError, ValueError, EOFError, TypeError),
        open(_file() or "", "rb") as file,  # noqa: PTH123 - each start comes here
    ):
        if file.read(len(MAGIC_NUMBER)) == MAGIC_NUMBER:
            kept: Kept = marshal.load(file)
            return kept
    return {}


def _write(used: Kept) -> None:
    """Keep byte code, where Python itself would."""
    path = _file()
    if path is None or sys.dont_write_bytecode:
        return
    temporary = f"{path}.{os.getpid()}"
    with suppress(OSError):  # a folder that cannot be written to: each start takes longer
        with open(temporary, "wb") as file:  # noqa: PTH123
            file.write(MAGIC_NUMBER + marshal.dumps(used))
        os.replace(temporary, path)  # noqa: PTH105 - whole, or not at all

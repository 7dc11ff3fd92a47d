"""Which blocks of a document are one program: those where a later one uses names of an earlier one."""

import ast
import builtins
import symtable
import warnings
from collections.abc import Sequence

from kerasfix.source.blocks import IMPORTS_KERAS, Block

_BUILTINS = frozenset(dir(builtins))


def groups(blocks: Sequence[Block]) -> list[tuple[int, ...]]:
    """Which blocks belong together, by their places: each joins the last one that binds a name which it needs.

    A block that imports Keras itself is a script of its own: what it forgot to import, no earlier script gives it.
    Only blocks of one form are joined: an edit is laid out as what stands before its lines.
    """
    home: dict[tuple[str, str, bool], int] = {}  # a name, and the form of the block; where it was bound last
    imported: set[tuple[str, str, bool]] = set()
    leader = list(range(len(blocks)))
    for place, block in enumerate(blocks):
        bound, needed, imports = _names(block.text)
        own = IMPORTS_KERAS.search(block.text) is not None
        for name in needed:
            key = (name, block.prefix, block.prompts)
            known = home.get(key)
            if known is not None and not (own and key in imported):
                old, new = sorted((leader[place], leader[known]), reverse=True)
                leader = [new if found == old else found for found in leader]
        for name in bound:
            key = (name, block.prefix, block.prompts)
            home[key] = place
            (imported.add if name in imports else imported.discard)(key)
    found: dict[int, list[int]] = {}
    for place, first in enumerate(leader):
        found.setdefault(first, []).append(place)
    return [tuple(places) for places in found.values()]


def _names(text: str) -> tuple[set[str], set[str], set[str]]:
    """The names that a block binds, those it needs from elsewhere, and those it imports.

    None of one that does not parse.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
            table = symtable.symtable(text, "", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(), set(), set()
    bound = {
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()
    }
    needed: set[str] = set()
    tables = [table]
    while tables:
        inner = tables.pop()
        tables += inner.get_children()
        needed |= {
            symbol.get_name()
            for symbol in inner.get_symbols()
            if (symbol.is_referenced() and symbol.is_global()) or (inner is table and symbol.is_referenced())
        }
    imports = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_imported()}
    return bound, needed - bound - _BUILTINS, imports

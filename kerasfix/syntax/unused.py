"""Imports that fixes have left without a use."""

import ast
import warnings

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.source import Source
from kerasfix.syntax.comments import with_comments
from kerasfix.syntax.imports import imports
from kerasfix.syntax.module import Module
from kerasfix.syntax.moves import drop_alias, remove_line
from kerasfix.syntax.references import reads


def drop_unused_imports(before: str, after: str) -> str:
    """A fixed text without the imports of Keras and TensorFlow whose names only the fixed code had read.

    What was never used stays: it may be there for others. So does all of a module that has an `__all__`.
    """
    unused = _names_read(before) - _names_read(after)
    if not unused or "__all__" in after:
        return after
    while True:
        module = Module.parse(Source("", after))
        edits = _first_drop(module, unused)
        edits = with_comments(module, edits) if edits is not None else None
        if edits is None:
            return after
        for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
            after = after[: edit.start] + edit.content + after[edit.end :]


def _first_drop(module: Module, unused: set[str]) -> tuple[Edit, ...] | None:
    """The edits that remove one import."""
    if module.tree is None:
        return None
    for item in imports(module):
        library = item.dotted.partition(".")[0]
        if (
            library not in {"keras", "tensorflow"}
            or item.bound not in unused
            or reads(module, item.bound) != []
        ):
            continue
        if isinstance(item.node, cst.Import):
            if len(item.node.names) == 1 and len(item.statement.body) == 1:
                return (remove_line(module, item.statement),)
        elif not isinstance(item.node.names, cst.ImportStar):
            for alias in item.node.names:
                if (alias.evaluated_alias or alias.evaluated_name) == item.bound:
                    return drop_alias(module, item.node, alias)
    return None


def _names_read(text: str) -> set[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return set()
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }

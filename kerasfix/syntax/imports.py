"""The imports of a file, and new ones in its style."""

import re
from functools import lru_cache

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.keras import api
from kerasfix.light import dataclass
from kerasfix.syntax.edits import end_of_line, indentation, insert
from kerasfix.syntax.module import Module


@dataclass(frozen=True)
class Imported:
    """One name that an import statement at the top level of a file binds."""

    bound: str
    dotted: str
    """Its canonical name: `keras.layers.Dense`, `numpy`."""
    written: str
    """The module as the file writes it: `tensorflow.keras.layers`."""
    statement: cst.SimpleStatementLine
    node: cst.Import | cst.ImportFrom


@lru_cache(maxsize=1)  # several rules ask, of one module after the other
def imports(module: Module) -> tuple[Imported, ...]:
    """What the import statements at the top level bind."""
    found: list[Imported] = []
    for statement in module.tree.body if module.tree is not None else ():
        if not isinstance(statement, cst.SimpleStatementLine):
            continue
        for node in statement.body:
            if isinstance(node, cst.Import):
                for alias in node.names:
                    dotted = alias.evaluated_name
                    bound = alias.evaluated_alias or dotted.partition(".")[0]
                    full = dotted if alias.evaluated_alias else bound
                    found.append(Imported(bound, canonical(full), dotted, statement, node))
            elif isinstance(node, cst.ImportFrom) and node.module is not None and not node.relative:
                written = dotted_name(node.module)
                aliases = () if isinstance(node.names, cst.ImportStar) else node.names
                for alias in aliases:
                    name = alias.evaluated_name
                    full = canonical(f"{written}.{name}")
                    found.append(Imported(alias.evaluated_alias or name, full, written, statement, node))
                if isinstance(node.names, cst.ImportStar):
                    found.append(Imported("*", canonical(written) + ".*", written, statement, node))
    return tuple(found)


def canonical(dotted: str) -> str:
    """`tensorflow.keras.layers` is `keras.layers`."""
    return re.sub(r"^tensorflow\.(compat\.v2\.)?keras\b", "keras", dotted)


def dotted_name(node: cst.BaseExpression) -> str:
    """`a.b.c` as a string."""
    if isinstance(node, cst.Attribute):
        return f"{dotted_name(node.value)}.{node.attr.value}"
    assert isinstance(node, cst.Name)
    return node.value


def keras_root(module: Module) -> str:
    """Where this file takes its Keras from: `keras` or `tensorflow.keras`."""
    for item in imports(module):
        if item.dotted.partition(".")[0] == "keras":
            return "tensorflow.keras" if item.written.startswith("tensorflow") else "keras"
    return "tensorflow.keras" if "tensorflow" in module.text else "keras"


def spell(
    module: Module, dotted: str, like: cst.BaseExpression | None = None
) -> tuple[str, tuple[Edit, ...]]:
    """How to write a name of Keras in this file, and the import that it needs.

    `like` is the expression of a sibling at the same place: `layers.Dense` makes `layers.Flatten` of
    `keras.layers.Flatten`, without an import.
    """
    home, _, name = dotted.rpartition(".")
    if isinstance(like, cst.Attribute):
        return f"{module.code(like.value)}.{name}", ()
    table = imports(module)
    for item in table:
        if item.dotted == dotted or (item.dotted == f"{home}.*" and item.bound == "*"):
            return name if item.bound == "*" else item.bound, ()
    for item in table:
        if item.dotted == home and like is None:
            return f"{item.bound}.{name}", ()
    root, _, rest = dotted.partition(".")
    for item in table:
        if item.dotted == root and like is None:
            return f"{item.bound}.{rest}", ()
    if like is None and name != "ops":  # a function: through its module, as the Keras documentation does
        parent, edits = spell(module, home) if home != root else (root, add_import(module, root))
        return f"{parent}.{name}", edits
    return name, add_import(module, dotted)


def add_import(module: Module, dotted: str, bound: str | None = None) -> tuple[Edit, ...]:
    """Make a name available, by extending an import of the file or by a new line.

    `dotted` is canonical: `keras.layers.Dropout`, `numpy`; `bound` what it is to be called (`np`).
    """
    home, _, name = dotted.rpartition(".")
    bound = bound or name
    plain = not home or (not dotted.startswith(("keras.", "sklearn.")) and "." in dotted)
    if dotted == "keras" or plain:
        return (_new_line(module, _plain_import(module, dotted, bound)),)
    table = imports(module)
    homes = (
        [home, *(other.rpartition(".")[0] for other in api.homes(name))]
        if dotted.startswith("keras.")
        else [home]
    )
    same = {api.canonical(dotted)}
    for place in homes:
        if place != home and api.canonical(f"{place}.{name}") not in same:
            continue
        for item in table:
            if (
                isinstance(item.node, cst.ImportFrom)
                and canonical(item.written) == place
                and item.bound != "*"
            ):
                return extend(module, item.node, name)
    return (_new_line(module, f"from {_written(module, home)} import {name}"),)


def _plain_import(module: Module, dotted: str, bound: str) -> str:
    if dotted == "keras":
        return "from tensorflow import keras" if keras_root(module) == "tensorflow.keras" else "import keras"
    return f"import {dotted}" if dotted == bound else f"import {dotted} as {bound}"


def _written(module: Module, home: str) -> str:
    """A module's name as this file would write it."""
    if home == "keras" or home.startswith("keras."):
        return keras_root(module) + home[len("keras") :]
    return home


def extend(module: Module, node: cst.ImportFrom, name: str) -> tuple[Edit, ...]:
    """Add a name behind the last one of a `from ... import`, laid out as the names before it."""
    assert not isinstance(node.names, cst.ImportStar)
    spans = [_alias_span(module, alias) for alias in node.names]
    start, end = spans[-1]
    indent = indentation(module, start)
    rest = _REST.match(module.text, end)
    if node.lpar is not None and indent is not None and rest is not None:  # one name a line
        comma = () if rest["comma"] else (insert(end, ","),)
        return (*comma, insert(rest.end(), f"{module.newline}{indent}{name},", mergeable=True))
    between = module.text[spans[-2][1] : start] if len(spans) > 1 else ", "
    return (insert(end, (between if re.fullmatch(r",[ \t]*", between) else ", ") + name, mergeable=True),)


_REST = re.compile(r"[ \t]*(?P<comma>,?)[ \t]*(?:#[^\r\n]*)?(?=[\r\n])")
"""What may follow the last name of a line: a comma, a comment."""


def _alias_span(module: Module, alias: cst.ImportAlias) -> tuple[int, int]:
    start = module.span(alias.name)[0]
    last = alias.asname.name if alias.asname is not None else alias.name
    return start, module.span(last)[1]


def _new_line(module: Module, code: str) -> Edit:
    """A new import statement behind the last import of the same library, or behind the first block of imports."""
    table = [item for item in imports(module) if "__future__" not in item.written]
    library = code.split()[1].partition(".")[0]
    same = [item for item in table if item.written.partition(".")[0] == library]
    keras = [item for item in table if item.dotted.partition(".")[0] == "keras"]
    anchor = (same or keras or table)[-1].statement if table else None
    if anchor is not None and library not in {"keras", "tensorflow"} and not same:
        # Another library goes before Keras's imports, where NumPy and the like stand.
        start = module.span(table[0].statement)[0]
        return insert(start, f"{code}{module.newline}")
    if anchor is not None:
        return insert(end_of_line(module, module.span(anchor)[1]), f"{module.newline}{code}")
    return insert(_first_place(module), f"{code}{module.newline}")


def _first_place(module: Module) -> int:
    """Where the first import of a file goes: behind its docstring, its first comments and `__future__`."""
    assert module.tree is not None
    place: int | None = None
    for statement in module.tree.body:
        if not isinstance(statement, cst.SimpleStatementLine):
            break
        first = statement.body[0]
        docstring = isinstance(first, cst.Expr) and isinstance(
            first.value, (cst.SimpleString, cst.ConcatenatedString)
        )
        future = (
            isinstance(first, cst.ImportFrom)
            and first.module is not None
            and dotted_name(first.module) == "__future__"
        )
        if not (docstring or future):
            break
        place = end_of_line(module, module.span(statement)[1])
    if place is not None:
        newline = re.compile(r"\r\n?|\n").match(module.text, place)
        return newline.end() if newline else len(module.text)
    for statement in module.tree.body[:1]:
        return module.span(statement)[0]
    return len(module.text)

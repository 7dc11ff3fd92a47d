"""How a script uses tables that are not there, read from its text: their columns, what those hold, how many rows."""

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from . import usage

Kind = Literal["number", "words", "text", "time"]
MOST_COLUMNS, MOST_ROWS = 5000, 60000
READERS = frozenset(("read_csv", "read_table", "read_excel", "read_parquet", "read_json", "read_feather"))
"""The functions of pandas that read a file."""
OF_COLUMNS = frozenset(
    (
        "drop",
        "pop",
        "dropna",
        "sort_values",
        "groupby",
        "set_index",
        "get_dummies",
        "get",
        "pivot",
        "pivot_table",
    )
)
KEYWORDS = frozenset(("columns", "labels", "subset", "by", "index", "index_col", "parse_dates", "usecols"))
"""Arguments that name columns."""
TEXTS = frozenset(("fit_on_texts", "texts_to_sequences", "adapt"))
"""Methods that are given texts."""
VECTORIZERS = frozenset(("CountVectorizer", "TfidfVectorizer", "HashingVectorizer"))
UNCHANGED = frozenset(
    ("astype", "to_numpy", "tolist", "fillna", "copy", "reset_index", "values", "dropna", "head")
)
"""What leaves a column what it is."""
SLICED = frozenset(("loc", "iloc"))
OF_NAMES = re.compile(r"(?i)(feature|column|header|key|col|name)s?$")
"""What variables are called that list the columns of a table."""
OF_WORDS = frozenset(name for name in dir(str) if not name.startswith("_"))


@dataclass
class Column:
    """What a column holds: of words, those that the script knows of."""

    kind: Kind = "number"
    values: dict[Any, None] = field(default_factory=dict)


@dataclass
class Tables:
    """What a text tells of the tables that it reads.

    Attributes:
        columns: by their names, in the order of the text; `.name` for an attribute, which may be no column.
        dropped: those that are only taken out.
        labels: those that hold labels.
        width: how many columns slices like `data[:, 0:8]` need; features and a label.
        before, behind: how many columns are before and behind those of an open slice, like `data[:, 2:-1]`.
        label_at: the places of labels, where those have no names: `y = data.iloc[:, 1]`.
        pixels: how many features `reshape(-1, 28, 28, 1)` needs; 0 where nothing does.
        rows: how many rows slices and loops need.
        asked: for each variable that holds a table, the columns that it is asked for.
        read_at: the variable that gets a table, by the line that reads it.
    """

    columns: dict[str, Column] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    width: int = 0
    before: int = 0
    behind: int = 0
    label_at: set[int] = field(default_factory=set)
    pixels: int = 0
    rows: int = 0
    asked: dict[str, set[str]] = field(default_factory=dict)
    read_at: dict[int, str] = field(default_factory=dict)

    def labels_of(self, line: int | None) -> bool:
        """Whether the table that a line reads has labels: that for the last predictions often has none."""
        variable = self.read_at.get(line or 0)
        asking = {name for name in self.read_at.values() if self.asked.get(name, set()) & self.labels}
        return variable is None or not asking or variable in asking


def read(text: str) -> Tables:
    """Read the text of a script; nothing is found in one that does not parse or reads no table."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return Tables()
    return _Reader(tree).tables


class _Reader:
    def __init__(self, tree: ast.Module) -> None:
        self.tables = Tables()
        self.nodes = list(ast.walk(tree))
        self.literals = self._literals()
        self.frames: set[str] = set()  # variables that hold tables
        self.aliases: dict[str, str] = {}  # variables that hold a column, with its name
        self.encoders: dict[str, str] = {}  # variables that hold an object, with its class
        statements = sorted(
            (node for node in self.nodes if isinstance(node, ast.Assign)), key=lambda node: node.lineno
        )
        for statement in statements:
            self._assigned(statement)
        self._columns()
        for node in self.nodes:
            self._kinds(node)
            self._sizes(node)

    # What variables hold

    def _literals(self) -> dict[str, Any]:
        """Names that are given one constant value each."""
        found: dict[str, list[Any]] = {}
        for node in self.nodes:
            if isinstance(node, ast.Assign):
                for target, value in _pairs(node):
                    found.setdefault(target, []).append(_literal(value, {}))
        return {
            name: values[0] for name, values in found.items() if len(values) == 1 and values[0] is not None
        }

    def _assigned(self, statement: ast.Assign) -> None:
        for target, value in _pairs(statement):
            reader = next((node for node in ast.walk(value) if _called(node) in READERS), None)
            if reader is not None:
                self.frames.add(target)
                self.tables.read_at[reader.lineno] = target  # type: ignore[attr-defined]
            elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name | ast.Attribute):
                self.encoders[target] = usage.held(value.func) or ""
            if usage.is_label(target):
                self.tables.label_at |= self._places(value)
            column = self._column(value)
            if column is not None:
                self.aliases[target] = column
                if usage.is_label(target):
                    self.tables.labels.add(column)
            elif _root(value) in self.frames or any(
                usage.held(part) in self.frames for part in _arguments(value)
            ):
                self.frames.add(target)
        if _called(statement.value) == "train_test_split" and isinstance(statement.targets[0], ast.Tuple):
            targets = [usage.held(each) or "" for each in statement.targets[0].elts]
            for number, part in enumerate(_arguments(statement.value)):
                column = self._column(part)
                if column is not None:
                    self.aliases |= dict.fromkeys(targets[2 * number : 2 * number + 2], column)
                elif usage.held(part) in self.frames:
                    self.frames |= set(targets[2 * number : 2 * number + 2])

    def _column(self, node: ast.expr) -> str | None:
        """The name of the one column that an expression holds."""
        while isinstance(node, ast.Call | ast.Attribute):
            if isinstance(node, ast.Attribute):
                if usage.held(node.value) in self.frames and node.attr not in UNCHANGED:
                    return node.attr
                if node.attr not in UNCHANGED:
                    return None
            elif _called(node) not in {*UNCHANGED, "array", "asarray"}:
                if _called(node) == "pop" and isinstance(node.func, ast.Attribute):
                    return next(iter(self._names(node.args[0])), None) if node.args else None
                return None
            elif _called(node) in ("array", "asarray") and node.args:
                node = node.args[0]
                continue
            node = node.func if isinstance(node, ast.Call) else node.value
            if isinstance(node, ast.Attribute) and node.attr in UNCHANGED:
                node = node.value
        if isinstance(node, ast.Subscript):
            if isinstance(node.slice, ast.Slice):
                return self._column(node.value)
            names = self._names(node.slice)
            return names[0] if len(names) == 1 else None
        return self.aliases.get(node.id) if isinstance(node, ast.Name) else None

    def _places(self, node: ast.expr) -> set[int]:
        """The place of the one column in `data.iloc[:, 1].values`."""
        while isinstance(node, ast.Call | ast.Attribute):
            node = node.func if isinstance(node, ast.Call) else node.value
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Tuple)
            and len(node.slice.elts) == 2
        ):
            place = self._number(node.slice.elts[1])
            return {place} if place is not None and 0 <= place < MOST_COLUMNS else set()
        return set()

    # Columns

    def _names(self, node: ast.expr) -> list[str]:
        """The names in `"a"`, `["a", "b"]`, and in variables that hold such."""
        if isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[0], ast.Slice):
            return self._names(node.elts[1])  # loc[:, "a"]
        value = _literal(node, self.literals)
        values = value if isinstance(value, list) else [value]
        return [each for each in values if isinstance(each, str)]

    def _columns(self) -> None:
        """Columns that are asked for before the script makes them itself."""
        events: list[tuple[int, int, bool, str, str | None, bool]] = []
        others = {
            name
            for name, made in self.encoders.items()
            if name not in self.frames and made in ("fit", "dict", "defaultdict")
        } | {name for name, value in self.literals.items() if isinstance(value, dict)}
        ends = {
            id(target): node.end_lineno or node.lineno
            for node in self.nodes
            if isinstance(node, ast.Assign)
            for target in node.targets
        }
        for node in self.nodes:
            if isinstance(node, ast.Subscript):
                root = _root(node)
                if usage.held(node.value) in ("history", "environ", "argv", "params") or root in others:
                    continue
                made = isinstance(node.ctx, ast.Store)
                line = ends.get(id(node), node.lineno)
                taken = isinstance(node.ctx, ast.Del)
                events += [(line, made, made, name, root, taken) for name in self._names(node.slice)]
            elif isinstance(node, ast.Attribute) and usage.held(node.value) in self.frames:
                if isinstance(node.ctx, ast.Load):
                    events.append((node.lineno, 0, False, "." + node.attr, _root(node), False))
            elif isinstance(node, ast.Call):
                name = _called(node) or ""
                reader = name in READERS
                parts = list(node.args[:1]) if name in OF_COLUMNS else []
                if name in OF_COLUMNS or reader:
                    parts += [each.value for each in node.keywords if each.arg in KEYWORDS]
                taken = name == "drop"
                events += [
                    (node.lineno, 0, False, found, _root(node), taken)
                    for part in parts
                    for found in self._names(part)
                ]
        for variable, value in self.literals.items() if self.frames else ():
            if isinstance(value, list) and OF_NAMES.search(variable) and "class" not in variable.lower():
                events += [(0, 0, False, each, None, False) for each in value if isinstance(each, str)]
        made_first: dict[str, bool] = {}
        kept: set[str] = set()
        for _, _, made, name, root, taken in sorted(events, key=lambda event: event[:2]):
            first = made_first.setdefault(name.lstrip("."), made)
            if first or made:
                continue
            self.tables.columns.setdefault(name, Column())
            if not taken:
                kept.add(name)
            if root is not None:
                self.tables.asked.setdefault(root, set()).add(name.lstrip("."))
        self.tables.dropped = set(self.tables.columns) - kept
        self.tables.columns = dict(list(self.tables.columns.items())[:MOST_COLUMNS])
        self.tables.labels |= {name for name in self.tables.columns if usage.is_label(name)}

    # What columns hold

    def _is(self, node: ast.expr, kind: Kind, values: tuple[Any, ...] = ()) -> None:
        column = self._column(node)
        names = [column] if column else self._names(node.slice) if isinstance(node, ast.Subscript) else []
        for name in names:
            found = self.tables.columns.get(name) or self.tables.columns.get("." + name)
            if found is not None and (found.kind == "number" or kind == "time"):
                found.kind = kind
            if found is not None:
                found.values |= dict.fromkeys(values)

    def _kinds(self, node: ast.AST) -> None:
        match node:
            case ast.Compare(
                left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=str(value))]
            ):
                self._is(left, "words", (value,))
            case ast.Attribute(value=column, attr="str"):
                self._is(column, "text")
            case ast.Attribute(value=column, attr="dt"):
                self._is(column, "time")
            case ast.Call(func=ast.Attribute(value=column, attr=name)) if name in (
                "map",
                "replace",
                "apply",
                "isin",
            ):
                self._mapped(column, name, node.args)
            case ast.Call(args=[column, *_]) if _called(node) == "to_datetime":
                self._is(column, "time")
            case ast.Call(args=[column, *_]) if _called(node) in TEXTS or (
                _called(node) in ("fit", "fit_transform", "transform")
                and isinstance(node.func, ast.Attribute)
                and self.encoders.get(_root(node.func) or "") in VECTORIZERS
            ):
                self._is(column, "text")
            case ast.Call(keywords=keywords) if _called(node) in READERS:
                for each in keywords:
                    for name in self._names(each.value) if each.arg == "parse_dates" else ():
                        self.tables.columns.setdefault(name, Column()).kind = "time"
                    if each.arg == "index_col" and any(other.arg == "parse_dates" for other in keywords):
                        for name in self._names(each.value):
                            self.tables.columns.setdefault(name, Column()).kind = "time"

    def _mapped(self, column: ast.expr, name: str, arguments: list[ast.expr]) -> None:
        """`df["a"].map({"x": 0})`, `.replace("x", 0)`, `.apply(lambda x: x.strip())`."""
        if not arguments:
            return
        first = arguments[0]
        given = _literal(first, self.literals)
        keys = list(given) if isinstance(given, dict | list) else [given] if name == "replace" else []
        words = tuple(key for key in keys if isinstance(key, str))
        if isinstance(given, dict) and usage.held(column) in self.frames:  # df.replace({"a": {"x": 0}})
            for key, inner in given.items():
                found = self.tables.columns.setdefault(key, Column()) if isinstance(inner, dict) else None
                if found is not None and all(isinstance(word, str) for word in inner):
                    found.kind, found.values = "words", dict.fromkeys(inner)
        elif words:
            self._is(column, "words", words)
        elif isinstance(first, ast.Lambda) and first.args.args:
            parameter = first.args.args[0].arg
            for inner in ast.walk(first.body):
                if (
                    isinstance(inner, ast.Attribute)
                    and usage.held(inner.value) == parameter
                    and inner.attr in OF_WORDS
                ):
                    self._is(column, "text")

    # Sizes

    def _number(self, node: ast.expr | None) -> int | None:
        value = _literal(node, self.literals) if node is not None else None
        return value if type(value) is int else None

    def _sizes(self, node: ast.AST) -> None:
        if isinstance(node, ast.Subscript):
            across = node.slice
            if isinstance(across, ast.Tuple) and len(across.elts) == 2:
                self.tables.width = max(self.tables.width, self._across(across.elts[1]))
                across = across.elts[0]
            if isinstance(across, ast.Slice):
                self._down(across.lower, across.upper)
        elif isinstance(node, ast.Call):
            name = _called(node)
            if name == "range":
                self._down(*node.args[:2])
            elif name in ("head", "sample"):
                self._down(*node.args[:1])
            elif name == "reshape":
                self._reshaped(node)

    def _down(self, *numbers: ast.expr | None) -> None:
        """Rows that there must be, and some more."""
        for number in map(self._number, numbers):
            if number is not None and self.tables.rows < number + number // 4 <= MOST_ROWS:
                self.tables.rows = number + number // 4

    def _across(self, node: ast.expr) -> int:
        """How many columns `[:, 3]` or `[:, 0:8]` needs; a slice leaves one for what comes behind it."""
        if not isinstance(node, ast.Slice):
            last = self._number(node)
            return last + 1 if last is not None and 0 <= last < MOST_COLUMNS else 0
        lower, upper = self._number(node.lower) or 0, self._number(node.upper)
        if upper is not None and 0 < upper < MOST_COLUMNS:
            return upper + 1
        if 0 < lower < MOST_COLUMNS or (upper is not None and -MOST_COLUMNS < upper < 0):
            self.tables.before = max(self.tables.before, lower)
            self.tables.behind = max(self.tables.behind, -(upper or 0))
        return 0

    def _reshaped(self, node: ast.Call) -> None:
        sizes = node.args
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            sizes = sizes[1:] if node.func.value.id in ("np", "numpy") else sizes
        if len(sizes) == 1 and isinstance(sizes[0], ast.Tuple):
            sizes = sizes[0].elts
        features = [self._number(size) for size in sizes[1:]]
        if len(features) > 1 and all(size is not None and size > 0 for size in features):
            self.tables.pixels = max(self.tables.pixels, math.prod(size for size in features if size))


def _pairs(statement: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    """The names that an assignment binds, each with what it gets."""
    for target in statement.targets:
        if isinstance(target, ast.Name):
            yield target.id, statement.value
        elif isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            parts = zip(target.elts, statement.value.elts, strict=False)
            yield from ((each.id, value) for each, value in parts if isinstance(each, ast.Name))


def _literal(node: ast.expr, known: dict[str, Any]) -> Any:
    """The value of a constant, a list or dict of some, a product, or a name that is known; None for all else."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return -value
        case ast.Name(id=name):
            return known.get(name)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_literal(part, known) for part in parts]
        case ast.Dict(keys=keys, values=values) if all(isinstance(key, ast.Constant) for key in keys):
            pairs = zip(keys, values, strict=True)
            return {
                key.value: _literal(value, known) for key, value in pairs if isinstance(key, ast.Constant)
            }
        case ast.BinOp(left=left, op=ast.Mult() | ast.Add(), right=right):
            one, other = _literal(left, known), _literal(right, known)
            if type(one) is type(other) is int:
                return one * other if isinstance(node.op, ast.Mult) else one + other
            if isinstance(one, list) and isinstance(other, list):
                return one + other
    return None


def _called(node: ast.AST) -> str | None:
    """The last name of the function that a call calls."""
    return usage.held(node.func) if isinstance(node, ast.Call) else None


def _arguments(node: ast.expr) -> list[ast.expr]:
    """The positional arguments of a call, and the members of lists among them."""
    arguments = node.args if isinstance(node, ast.Call) else []
    lists = [part for each in arguments if isinstance(each, ast.List | ast.Tuple) for part in each.elts]
    return [*arguments, *lists]


def _root(node: ast.AST) -> str | None:
    """The variable that an expression starts with; that of `drop` in `df.drop("a")`."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None

"""A parsed source: its tree, and where its nodes stand in the text."""

import ast
import re
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache, cached_property

import libcst as cst
from libcst._nodes.internal import CodegenState

from kerasfix.light import dataclass
from kerasfix.source import Source
from kerasfix.syntax import depth

Span = tuple[int, int]
_OWN_STYLE = cst.PartialParserConfig()

MAX_SIZE = 10_000_000
"""Longer texts, in characters, are not parsed: a tree takes some hundred times the memory of its text."""


@dataclass(frozen=True)
class SyntaxFault:
    """Why a text has no tree, in Python's words, and the offset at which it was noticed."""

    message: str
    offset: int
    limit: bool = False
    """It may be valid, but is beyond what kerasfix takes upon itself."""


class Module:
    """A source and its tree (None where it does not parse: then `fault` says why)."""

    def __init__(self, source: Source, tree: cst.Module | None, fault: SyntaxFault | None = None) -> None:
        self.source = source
        self.text = source.text
        self.tree = tree
        self.fault = fault
        self.exact = True
        """Whether places of nodes are exact, so that text can be edited by them: known when `spans` is."""

    @classmethod
    def parse(cls, source: Source, style: cst.PartialParserConfig = _OWN_STYLE) -> "Module":
        """Parse a source; never raises for bad text, nor lets it kill the process.

        `style` is that of the file that it is a part of.
        """
        if len(source.text) > MAX_SIZE:
            size = f"{len(source.text) / 1e6:.0f} million characters, and kerasfix reads up to"
            return cls(
                source, None, SyntaxFault(f"it has {size} {MAX_SIZE / 1e6:.0f} million", 0, limit=True)
            )
        if depth.looks_too_deep(source.text) and (fault := _depth_fault(source)):
            return cls(source, None, fault)
        try:
            with _unchecked_nodes():
                return cls(source, cst.parse_module(source.text, style))
        except cst.ParserSyntaxError as error:
            return cls(source, None, _explain(source, error.raw_line, error.raw_column, error.message))
        except RecursionError:
            return cls(source, None, _TOO_DEEP)

    @cached_property
    def spans(self) -> dict[cst.CSTNode, Span]:
        """The start and end of every node, without the whitespace around it; found by one code generation."""
        if self.tree is None:
            return {}
        state = _Recorder(self.tree.default_indent, self.tree.default_newline)
        self.tree._codegen(state)
        written = "".join(state.tokens)
        if len(written) == len(self.text) or not self.tree.body:
            return state.spans
        places = _places(written, self.text)
        if places is None:
            self.exact = False
            return {
                node: (min(a, len(self.text)), min(b, len(self.text))) for node, (a, b) in state.spans.items()
            }
        return {
            node: (places[start], places[end - 1] + 1 if end > start else places[start])
            for node, (start, end) in state.spans.items()
        }

    def span(self, node: cst.CSTNode) -> Span:
        """The characters of a node; the parentheses around an expression belong to it."""
        return self.spans[node]

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node, as written."""
        start, end = self.spans[node]
        return self.text[start:end]

    def place(self, node: cst.CSTNode) -> str:
        """`line 7`: where a node starts, for a message."""
        return self.source.place(self.spans[node][0])

    @cached_property
    def newline(self) -> str:
        """The newline this file uses."""
        return "\n" if self.tree is None else self.tree.default_newline

    @cached_property
    def bound_names(self) -> frozenset[str]:
        """Every name that is bound anywhere in the file, in any scope (imports, assignments, parameters ...)."""
        import symtable  # Python's own table is far cheaper than a walk over a tree

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tables = [symtable.symtable(self.text, self.source.path, "exec")]
        except SyntaxError:  # it cannot run, or this Python is older than the script: nothing is claimed
            return frozenset(re.findall(r"\w+", self.text))
        names: set[str] = set()
        while tables:
            table = tables.pop()
            tables += table.get_children()
            for symbol in table.get_symbols():
                if symbol.is_assigned() or symbol.is_imported() or symbol.is_parameter():
                    name = symbol.get_name()
                    names.add(name)
                    if name.startswith("_") and "__" in name:  # `__x` in a class C is `_C__x`
                        names.add(f"__{name.partition('__')[2]}")
        return frozenset(names)


def _places(written: str, text: str) -> list[int] | None:
    """Where each character that libcst wrote stands in the text: it forgets some line continuations (a backslash).

    None where something else is different.
    """
    places: list[int] = []
    place = 0
    for character in written:
        while place < len(text) and text[place] != character and (skipped := _CONTINUED.match(text, place)):
            place = skipped.end()
        if place == len(text) or text[place] != character:
            return None
        places.append(place)
        place += 1
    return [*places, place, *([place] * (len(text) - len(written)))]


_CONTINUED = re.compile(r"[ \t\f]*\\(?:\r\n?|\n|\Z)[ \t\f]*")
_TOO_DEEP = SyntaxFault("it is too long, or its expressions or branches are nested too deeply", 0, limit=True)


def _depth_fault(source: Source) -> SyntaxFault | None:
    """A closer look by Python's own parser, which bears any text."""
    try:
        return _TOO_DEEP if depth.is_too_deep(source.text) else None
    except SyntaxError:
        return _explain(source, 1, 0, "invalid syntax")
    except ValueError:
        return None  # null bytes


_CHECK_NODE = cst.CSTNode.__post_init__


@contextmanager
def _unchecked_nodes() -> Iterator[None]:
    """libcst checks each node that is made. Those of its parser are right, and checking is a sixth of its time."""
    cst.CSTNode.__post_init__ = lambda self: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        cst.CSTNode.__post_init__ = _CHECK_NODE  # type: ignore[method-assign]


def _explain(source: Source, row: int, column: int, message: str) -> SyntaxFault:
    """Python's own parser says more clearly what is wrong; libcst's position is the fallback."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source.text)
    except SyntaxError as error:
        message = error.msg
        row, column = error.lineno or row, max((error.offset or 1) - 1, 0)
    except (ValueError, RecursionError, MemoryError):
        pass
    starts = source.line_starts
    row = min(max(row, 1), len(starts)) - 1
    return SyntaxFault(message, min(starts[row] + column, starts[row] + len(source.line(row))))


@cache
def _is_expression(kind: type[cst.CSTNode]) -> bool:
    """`issubclass` would ask all subclasses of these abstract classes first."""
    return cst.BaseExpression in kind.__mro__


class _Recorder(CodegenState):
    """Generates the code once more and notes at which offset each node begins and ends."""

    def __init__(self, default_indent: str, default_newline: str) -> None:
        super().__init__(default_indent, default_newline)
        self.offset = 0
        self.stack: list[int] = []
        self.spans: dict[cst.CSTNode, Span] = {}

    def add_indent_tokens(self) -> None:
        self.tokens.extend(self.indent_tokens)
        self.offset += sum(map(len, self.indent_tokens))

    def add_token(self, value: str) -> None:
        self.tokens.append(value)
        self.offset += len(value)

    def before_codegen(self, node: cst.CSTNode) -> None:
        self.stack.append(self.offset)

    def after_codegen(self, node: cst.CSTNode) -> None:
        start = self.stack.pop()
        # Expressions own no whitespace around them, but their parentheses; of other nodes, the span without
        # whitespace may be there already.
        if _is_expression(type(node)):
            self.spans[node] = (start, self.offset)
        else:
            self.spans.setdefault(node, (start, self.offset))

    def record_syntactic_position(  # type: ignore[override]  # any context manager will do
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> AbstractContextManager[None]:
        return _Syntactic(self, node, start_node, end_node)


class _Syntactic(AbstractContextManager[None]):
    """Notes the span of a node without the whitespace that belongs to it. A class, since it runs for every node."""

    __slots__ = ("end_node", "node", "recorder", "start", "start_node")

    def __init__(
        self,
        recorder: _Recorder,
        node: cst.CSTNode,
        start_node: cst.CSTNode | None,
        end_node: cst.CSTNode | None,
    ) -> None:
        self.recorder = recorder
        self.node = node
        self.start_node = start_node
        self.end_node = end_node

    def __enter__(self) -> None:
        self.start = self.recorder.offset

    def __exit__(self, *_: object) -> None:
        spans = self.recorder.spans
        spans[self.node] = (
            spans[self.start_node][0] if self.start_node is not None else self.start,
            spans[self.end_node][1] if self.end_node is not None else self.recorder.offset,
        )

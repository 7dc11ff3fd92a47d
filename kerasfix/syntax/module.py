"""A parsed source: its tree, and where its nodes stand in the text."""

import ast
import warnings
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property

import libcst as cst
from libcst._nodes.internal import CodegenState

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
        return state.spans

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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(self.text)
        names: set[str] = set()
        for node in ast.walk(tree):
            match node:
                case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                    names.add(name)
                case ast.alias(name=name, asname=alias):
                    names.add(alias or name.partition(".")[0])
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    names.add(name)
                case ast.arg(arg=name):
                    names.add(name)
                case (
                    ast.ExceptHandler(name=str(name))
                    | ast.MatchAs(name=str(name))
                    | ast.MatchStar(name=str(name))
                ):
                    names.add(name)
                case ast.MatchMapping(rest=str(name)):
                    names.add(name)
        return frozenset(names)


_TOO_DEEP = SyntaxFault("it is too long, or its expressions or branches are nested too deeply", 0, limit=True)


def _depth_fault(source: Source) -> SyntaxFault | None:
    """A closer look by Python's own parser, which bears any text."""
    try:
        return _TOO_DEEP if depth.is_too_deep(source.text) else None
    except SyntaxError:
        return _explain(source, 1, 0, "invalid syntax")
    except ValueError:
        return None  # null bytes


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
        if isinstance(node, cst.BaseExpression) or node not in self.spans:
            self.spans[node] = (start, self.offset)

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

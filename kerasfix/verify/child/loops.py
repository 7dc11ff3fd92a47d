"""Loops that train are cut after a few rounds: rewritten in the syntax tree, with all lines kept."""

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .record import TRAINING, Record

ROUNDS = 2  # that train; rounds that only predict count a quarter
EACH, WHILE = "__kerasfix_each__", "__kerasfix_while__"


def cut(tree: ast.Module) -> ast.Module:
    """Let every loop of a script ask whether to go on, generators and `tf.function`s apart."""
    rewritten: ast.Module = _Cutter().visit(tree)
    return ast.fix_missing_locations(rewritten)


def helpers(record: Record) -> dict[str, Any]:
    """What the rewritten loops call."""
    budget = ROUNDS * TRAINING

    def each(values: Iterable[Any]) -> Iterator[Any]:
        spent = 0
        for value in values:
            before = record.work
            yield value
            spent += min(record.work - before, TRAINING)
            if spent >= budget:
                record.stub("loops that train or predict (cut after a few rounds)")
                return

    def whiles() -> Callable[[], bool]:
        spent, before = 0, record.work

        def go_on() -> bool:
            nonlocal spent, before
            spent += min(record.work - before, TRAINING)
            before = record.work
            if spent >= budget:
                record.stub("loops that train or predict (cut after a few rounds)")
            return spent < budget

        return go_on

    return {EACH: each, WHILE: whiles}


class _Cutter(ast.NodeTransformer):
    def __init__(self) -> None:
        self.loops = 0

    def _function(self, node: Any) -> Any:
        # AutoGraph reads the source again, and a generator's loop runs while somebody else trains.
        decorated = any("function" in ast.unparse(decorator) for decorator in node.decorator_list)
        yields = any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in ast.walk(node))
        return node if decorated or yields else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return node

    def visit_For(self, node: ast.For) -> Any:
        self.generic_visit(node)
        call = ast.Call(ast.Name(EACH, ast.Load()), [node.iter], [])
        node.iter = ast.copy_location(call, node.iter)
        return node

    def visit_While(self, node: ast.While) -> Any:
        self.generic_visit(node)
        self.loops += 1
        name = f"{WHILE}{self.loops}"
        start = ast.Assign([ast.Name(name, ast.Store())], ast.Call(ast.Name(WHILE, ast.Load()), [], []))
        ask = ast.copy_location(ast.Call(ast.Name(name, ast.Load()), [], []), node.test)
        node.test = ast.copy_location(ast.BoolOp(ast.And(), [ask, node.test]), node.test)
        return [ast.copy_location(start, node), node]

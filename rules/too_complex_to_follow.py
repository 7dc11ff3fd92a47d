"""The script is longer or deeper than kerasfix follows, so a part of it is not checked.

## Why is this bad?
kerasfix follows a script step by step, as Python would, within bounds: 200,000 steps, of which a loop may take 10,000
(the rounds left over are taken as any number of rounds), 1,000 operators, calls or branches within each other, 10
million characters. Beyond them it says so, rather than let you believe that all was checked. What it found until
there holds. Move data into files of their own, and loops that build models into functions.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import NotFollowed

rule = Rule(__name__, "KF003", Severity.INFO, fixable=Fixable.NEVER)


@rule.on(NotFollowed)
def check(record: NotFollowed, module: Module) -> Iterator[Finding]:
    if record.node is None:
        yield rule.finding((0, min(1, len(module.text))), f"This is not checked: {record.reason}")
        return
    start, end = module.span(record.node)
    newline = module.text.find("\n", start, end)
    yield rule.finding(
        (start, end if newline < 0 else newline),
        f"What follows on this statement is not checked: {record.reason}",
    )


EXAMPLES = (
    Example(f"import keras  # <- KF003\nx = 1{' + 1' * 1001}\n"),
    Example(f"import keras  # <- KF003\nx = {'-' * 1001}1\n"),
)
NEAR_MISSES = (
    """\
import keras
found = []
for a in range(200):
    for b in range(200):
        for c in range(200):
            found.append(a * b * c)
keras.layers.Dense(len(found))
""",
    f"import keras\nx = [{'1, ' * 3000}]\n",
    """\
import keras
found = []
for a in range(10 ** 9):
    for b in range(10 ** 9):
        found.append(a * b)
""",
)

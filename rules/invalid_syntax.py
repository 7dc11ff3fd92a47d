"""The code does not parse.

## Why is this bad?
Python stops before it runs the first line. Nothing else can be checked until this is mended: the finding
stands where the parser gave up, and the fault is there or just before.

## What to do
Look at the marked place and the line above it: a bracket that was not closed is noticed only later. `print x` without
brackets is Python 2; tools such as `2to3` translate whole files of it.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import InvalidSyntax

rule = Rule(__name__, "KF001", Severity.ERROR, fixable=Fixable.NEVER)


@rule.on(InvalidSyntax)
def check(record: InvalidSyntax, module: Module) -> Iterator[Finding]:
    start = record.fault.offset
    message = record.fault.message
    yield rule.finding(
        (start, min(start + 1, len(module.text))),
        f"This is not valid Python, so nothing else can be checked: {message}",
    )


EXAMPLES = (
    Example(
        """\
import keras
model = keras.Sequential([  # <- KF001
    keras.layers.Dense(1),
model.summary()
"""
    ),
    Example(
        """\
import keras
print "Keras", keras.__version__  # <- KF001
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
model = keras.Sequential([
    keras.layers.Dense(1),
])
""",
    """\
# not a word of deep learning here, and no Python either: such files are not looked at
print "hello"
""",
)

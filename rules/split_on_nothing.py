"""`re.split` with an optional group, whose parts are then used as strings.

## Why is this bad?
Until Python 3.6 `re.split` took no empty matches: `(\\W+)?` did what `(\\W+)` does. Since 3.7 it splits between all
letters, and the group that matched nothing gives `None`: `x.strip()` stops with `AttributeError`. The tokenizer of
Keras's bAbI examples, copied into many programs, is written so.

## Fix safety
Safe: without the `?` the pattern gives what it gave then. It is reported only where each part is used as a string.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Edit, Finding, Fix, Severity
from kerasfix.rule import Example, Rule
from kerasfix.syntax.module import Module
from kerasfix.syntax.references import parent
from kerasfix.trace.old_names import SplitOnNothing

rule = Rule(__name__, "KF616", Severity.ERROR)


@rule.on(SplitOnNothing)
def check(record: SplitOnNothing, module: Module) -> Iterator[Finding]:
    name = _used_as_string(module, record.node)
    if name is None:
        return
    start, end = module.span(record.pattern)
    place = start + module.text[start:end].rindex("?")
    yield rule.finding(
        (start, end),
        f"`{name}` is `None` between any two letters: since Python 3.7 `re.split` takes empty matches. Drop the `?`",
        fixes=(Fix("Drop the `?`", (Edit(place, place + 1, ""),)),),
    )


def _used_as_string(module: Module, call: cst.Call) -> str | None:
    """The name of each part in a comprehension that calls a method of all of them."""
    loop = parent(module, call)
    whole = parent(module, loop) if isinstance(loop, cst.CompFor) and loop.iter is call else None
    if not isinstance(loop, cst.CompFor) or not isinstance(
        whole, (cst.ListComp, cst.SetComp, cst.GeneratorExp)
    ):
        return None
    match loop.ifs[0].test if loop.ifs else whole.elt, loop.target:
        case cst.Call(func=cst.Attribute(value=cst.Name(value=used))), cst.Name(value=name) if used == name:
            return name
    return None


EXAMPLES = (
    Example(
        """\
import re
from keras.preprocessing.text import Tokenizer  # <- KF601
def tokenize(sent):
    return [x.strip() for x in re.split(r'(\\W+)?', sent) if x.strip()]  # <- KF616
print(tokenize("Bob dropped the apple."))
""",
        """\
import re
from tensorflow.keras.preprocessing.text import Tokenizer
def tokenize(sent):
    return [x.strip() for x in re.split(r'(\\W+)', sent) if x.strip()]
print(tokenize("Bob dropped the apple."))
""",
    ),
    Example(
        """\
import re
from tensorflow import keras
words = {word.lower() for word in re.split("([, ]+)?", "to be, or not")}  # <- KF616
print(keras.utils.to_categorical([0, 1]), words)
""",
        """\
import re
from tensorflow import keras
words = {word.lower() for word in re.split("([, ]+)", "to be, or not")}
print(keras.utils.to_categorical([0, 1]), words)
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
import re
def tokenize(sent):
    return [x.strip() for x in re.split(r'(\\W+)?', sent) if x and x.strip()]
print(tokenize("Bob dropped the apple."))
""",
    """\
import keras
import re
print([x.strip() for x in re.split(r'(\\W+)', "a b")], re.split(r'(\\W+)?', "a b"))
""",
)

"""An import or attribute that Keras does not have.

## Why is this bad?
The script stops with an `ImportError` or `AttributeError`. The name is misspelt, was invented, or belongs to
another version of Keras. Names are looked up in the public API of Keras 3, separately for `keras` and
`tensorflow.keras`, which do not have the same names.

## Fix safety
Safe where a single name differs by a letter or two, so that only a slip of the pen can be meant; unsafe where
Keras has the name in another module; without a fix where there is a choice to make: then the choices are listed.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.keras import api, migrations
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.trace.records import UnknownKerasName

rule = Rule(__name__, "KF102", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(UnknownKerasName)
def check(record: UnknownKerasName, module: Module) -> Iterator[Finding]:
    if migrations.knows(record.module, record.name, record.via):
        return  # KF601 to KF612 know what became of it
    shown = record.module.replace("keras", record.via or "keras", 1)
    via: api.Via = "tensorflow.keras" if record.via == "tensorflow.keras" else "keras"
    near = api.closest(record.module, record.name, via)
    old = f"{record.module}.{record.name}"
    typo = near[0] if near and _slip(record.name, near[0]) and not api.in_keras_2(old) else None
    fixes: tuple[Fix, ...] = ()
    if removed := migrations.successor(old, via):
        advice = removed.advice
    elif typo:
        advice = f"did you mean `{typo}`?"
        edits = tuple(replace(module, node, typo) for node in (record.node, *record.uses))
        fixes = (Fix(f"Replace with `{typo}`", edits, _certainty(record.name, typo)),)
    elif record.module == "keras.datasets":
        advice = f"choose one of {_listed(_datasets())}"
    elif homes := [home for home in api.homes(record.name) if api.kind(home) != "module"]:
        advice = f"Keras 3 has it as `{homes[0]}`"
    elif api.in_keras_2(old):
        advice = "Keras 2 had it, and it was removed without a successor"
    elif near:
        advice = f"the nearest names are {_listed(near)}"
    else:
        advice = "it was removed, renamed or never existed"
    yield rule.finding(
        module.span(record.node), f"Keras 3 has no `{shown}.{record.name}`: {advice}", fixes=fixes
    )


def _slip(written: str, meant: str) -> bool:
    """Whether one is the other with a slip of the pen."""
    return written.lower() == meant.lower() or (
        len(written) > 3 and api.likeness(written.lower(), meant.lower()) > 0.79
    )


def _certainty(written: str, meant: str) -> Applicability:
    same = written.lower().replace("_", "") == meant.lower().replace("_", "")
    return Applicability.SAFE if same or len(written) > 5 else Applicability.UNSAFE


def _datasets() -> list[str]:
    """Text first: who asks for a dataset that does not exist most often wants text."""
    names = [name for name in api.members("keras.datasets") if api.kind(f"keras.datasets.{name}") == "module"]
    return sorted(names, key=lambda name: name not in {"imdb", "reuters"})


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


EXAMPLES = (
    Example(
        """\
from keras.datasets import text  # <- KF102
"""
    ),
    Example(
        """\
from keras.layers import MaxPoling2D  # <- KF102
MaxPoling2D()
""",
        """\
from keras.layers import MaxPooling2D
MaxPooling2D()
""",
    ),
    Example(
        """\
import tensorflow as tf
layer = tf.keras.layers.Dence(4)  # <- KF102
""",
        """\
import tensorflow as tf
layer = tf.keras.layers.Dense(4)
""",
    ),
)
NEAR_MISSES = (
    """\
from tensorflow.keras.preprocessing.image import ImageDataGenerator
""",
    """\
try:
    from keras.layers import MultiheadedAttention
except ImportError:
    MultiheadedAttention = None
""",
    """\
import keras
print(keras.src.layers.Dense, keras.__version__)
""",
)

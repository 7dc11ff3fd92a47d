"""A class of Keras 1 or 2 under its old name.

## Why is this bad?
The import stops with an `ImportError`, or the attribute with an `AttributeError`: `CuDNNLSTM` is `LSTM`,
`Deconvolution2D` is `Conv2DTranspose`, `TimeDistributedDense` is `Dense`, `keras.initializers.normal` is
`RandomNormal`.

## Fix safety
Safe where the class is the same under its new name. Unsafe where it is not quite: the message says what differs;
of `KerasClassifier` and `KerasRegressor` the file gets a definition of its own.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Edit, Finding, Fix, Severity
from kerasfix.keras import migrations
from kerasfix.repairs.definitions import define
from kerasfix.repairs.unknown import Place, place_of, rename_edits, uses
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.syntax.moves import drop_alias
from kerasfix.syntax.references import call_of
from kerasfix.trace.records import UnknownKerasName

rule = Rule(__name__, "KF602", Severity.ERROR, fixable=Fixable.ALWAYS)


@rule.on(UnknownKerasName)
def check(record: UnknownKerasName, module: Module) -> Iterator[Finding]:
    old = f"{record.module}.{record.name}"
    found = migrations.successor(old, migrations.as_via(record.via))
    place = place_of(module, record)
    if found is None or found.kind != "class" or place is None:
        return
    edits = rename_edits(module, place, record.module, found.name) if found.name else None
    if not found.name:
        edits = _define(module, place, record.name)
        fixes = (Fix(f"Define a `{record.name}` of your own", edits, Applicability.UNSAFE),) if edits else ()
        yield rule.finding(module.span(record.node), f"Keras 3 has no `{old}`: {found.advice}", fixes=fixes)
        return
    level = Applicability.UNSAFE if found.advice else Applicability.SAFE
    note = f"; {found.advice}" if found.advice else ""
    yield rule.finding(
        module.span(record.node),
        f"Keras 3 has no `{old}`: it is `{found.name}`{note}",
        fixes=(Fix(f"Use `{found.name}`", edits, level),) if edits else (),
    )


def _define(module: Module, place: Place, name: str) -> tuple[Edit, ...] | None:
    """The class in the file itself, and its calls with arguments that `fit` still takes."""
    found = uses(module, place)
    if place.alias is None or place.alias.asname is not None or not isinstance(place.node, cst.ImportFrom):
        return None
    dropped = drop_alias(module, place.node, place.alias)
    defined = define(module, name, found[0], imported=place.node) if found else None
    if found is None or dropped is None or defined is None:
        return None
    old = [
        argument.keyword
        for call in (call_of(module, use) for use in found)
        for argument in (call.args if call is not None else ())
        if argument.keyword is not None and argument.keyword.value == "nb_epoch"
    ]
    return (*defined, *dropped, *(replace(module, keyword, "epochs") for keyword in old))


EXAMPLES = (
    Example(
        """\
from keras.layers import CuDNNLSTM, Dense, LSTM  # <- KF602
from keras.constraints import maxnorm  # <- KF602
import keras
layers = [CuDNNLSTM(8), LSTM(8), Dense(3, kernel_constraint=maxnorm(2))]
start = keras.initializers.normal(stddev=0.1)  # <- KF602
""",
        """\
from keras.layers import Dense, LSTM
from keras.constraints import MaxNorm
import keras
layers = [LSTM(8), LSTM(8), Dense(3, kernel_constraint=MaxNorm(2))]
start = keras.initializers.RandomNormal(stddev=0.1)
""",
    ),
    Example(
        """\
from keras.layers import (
    Dense,
    Deconvolution2D,  # <- KF602
)
from keras import layers
print(Dense(3), Deconvolution2D(8, 3), layers.CuDNNGRU(3))  # <- KF602
""",
        """\
from keras.layers import (
    Dense,
    Conv2DTranspose,
)
from keras import layers
print(Dense(3), Conv2DTranspose(8, 3), layers.GRU(3))
""",
    ),
    Example(
        """\
from keras.layers import CuDNNLSTM  # <- KF602
def LSTM(units):
    return CuDNNLSTM(units)
print(LSTM(3))
""",
        """\
from keras.layers import LSTM as CuDNNLSTM
def LSTM(units):
    return CuDNNLSTM(units)
print(LSTM(3))
""",
    ),
    Example(
        """\
import numpy as np
from keras.wrappers import KerasRegressor  # <- KF602

def build():
    return None

model = KerasRegressor(build_fn=build, nb_epoch=3)
""",
        '''\
import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
import inspect


class KerasEstimator(BaseEstimator):
    """Builds a model with `build_fn` and fits it; all other parameters are arguments of either."""

    def __init__(self, build_fn=None, **sk_params):
        self.build_fn = build_fn
        self.sk_params = sk_params

    def get_params(self, deep=True):
        return {"build_fn": self.build_fn, **self.sk_params}

    def set_params(self, **params):
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.sk_params.update(params)
        return self

    def arguments(self, function):
        names = inspect.signature(function).parameters
        return {name: value for name, value in self.sk_params.items() if name in names}

    def fit_model(self, x, y, **options):
        self.history = self.model.fit(x, y, **{**self.arguments(self.model.fit), **options})
        return self

    def predict_model(self, x):
        return self.model.predict(x, **self.arguments(self.model.predict))


class KerasRegressor(RegressorMixin, KerasEstimator):
    """The regressor for scikit-learn that Keras 2 had; its score is the negative loss."""

    def fit(self, x, y, **options):
        self.model = self.build_fn(**self.arguments(self.build_fn))
        return self.fit_model(x, y, **options)

    def predict(self, x):
        return np.squeeze(self.predict_model(x), axis=-1)

    def score(self, x, y):
        loss = self.model.evaluate(x, y, verbose=0)
        return -float(loss[0] if isinstance(loss, list) else loss)



def build():
    return None

model = KerasRegressor(build_fn=build, epochs=3)
''',
    ),
)
NEAR_MISSES = (
    """\
from keras.layers import Convolution2D, LSTM as CuDNNLSTM
print(Convolution2D(8, 3), CuDNNLSTM(3))
""",
    """\
from keras.layers import Dense
class TimeDistributedDense(Dense):
    pass
print(TimeDistributedDense(3))
""",
    """\
from keras.constraints import max_norm
print(max_norm(3))
""",
)

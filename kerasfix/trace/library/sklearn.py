"""What scikit-learn does to data: splits, scalers, encoders, data sets.

Its objects are `Object`s; fitted state is not kept, since what a transformer gives follows from what it is given.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

from kerasfix.keras.shape import ANY, Dim, Shape, TensorSpec
from kerasfix.trace.calls import Call
from kerasfix.trace.data_records import FittedAgain
from kerasfix.trace.expressions import element_of
from kerasfix.trace.library import UNKNOWN, models, python_value
from kerasfix.trace.library.arguments import Arguments, Family, Table, facts_of, register, shaped_of
from kerasfix.trace.library.families import classes_in
from kerasfix.trace.values import (
    NO_FACTS,
    Array,
    Facts,
    Frame,
    Labels,
    Object,
    Sequence,
    Value,
)

# --- splits ---------------------------------------------------------------------------------------------


@models("sklearn.model_selection.train_test_split", "sklearn.cross_validation.train_test_split")
def _train_test_split(call: Call) -> Value:
    """A list: the training and the test part of each argument."""
    sizes = [call.constant("test_size"), call.constant("train_size")]
    parts: list[Value] = []
    for value in call.positional:
        parts += _split(call, value, sizes) if call.complete else [call.unknown(), call.unknown()]
    return Sequence("list", parts if call.complete and parts else None, call.node, call.taint)


def _split(call: Call, value: Value, sizes: list[Any]) -> list[Value]:
    match value:
        case Array(spec=TensorSpec(shape=(rows, *rest), dtype=dtype)):
            counts: list[Dim] = list(split_sizes(rows, *sizes)) if isinstance(rows, int) else [ANY, ANY]
            specs = [TensorSpec((count, *rest), dtype) for count in counts]
            if isinstance(value, Frame):
                return [Frame(spec, value.columns, call.node, value.facts, value.shaped) for spec in specs]
            facts = replace(value.facts, grouped=False)
            return [Array(spec, call.node, facts, value.shaped, value.taint) for spec in specs]
        case Array():
            return [Array(TensorSpec(None, value.spec.dtype), call.node, value.facts) for _ in range(2)]
        case Sequence(kind="list"):
            some = element_of(call.interp, value)
            return [Sequence("list", None, call.node, value.taint, some) for _ in range(2)]
    return [call.unknown(), call.unknown()]


def split_sizes(rows: int, test: Any, train: Any) -> tuple[Dim, Dim]:
    """The numbers of training and test samples, as scikit-learn counts them."""
    if UNKNOWN in (test, train):
        return ANY, ANY
    if test is None and train is None:
        test = 0.25
    tested = math.ceil(test * rows) if isinstance(test, float) else test
    trained = math.floor(train * rows) if isinstance(train, float) else train
    if not all(part is None or isinstance(part, int) for part in (tested, trained)):
        return ANY, ANY
    tested = rows - trained if tested is None else tested
    trained = rows - tested if trained is None else trained
    return (trained, tested) if min(tested, trained) > 0 and tested + trained <= rows else (ANY, ANY)


@models(
    *(f"sklearn.model_selection.{name}.split" for name in ("KFold", "StratifiedKFold", "ShuffleSplit",
                                                           "StratifiedShuffleSplit", "RepeatedKFold"))
)  # fmt: skip
def _folds(call: Call) -> Value:
    """Pairs of positions, for training and for test."""
    pair: list[Value] = [Array(TensorSpec((ANY,), "int64"), call.node, Facts(low=0)) for _ in range(2)]
    return Sequence("iterator", None, call.node, element=Sequence("tuple", pair, call.node))


# --- scalers and encoders -------------------------------------------------------------------------------


@models("sklearn.*")
def _make(call: Call) -> Value:
    """An object of a class; what a function gives is not known."""
    if not call.name.rpartition(".")[2][:1].isupper():
        return call.unknown()
    arguments = {argument.keyword: argument.value for argument in call.arguments if argument.keyword}
    arguments |= {str(place): value for place, value in enumerate(call.positional)}
    return Object(call.name, arguments, call.node)


def _setting(args: Arguments, name: str, place: int, default: Any) -> Any:
    """An argument that the object was made with."""
    owner = args.call.owner
    assert isinstance(owner, Object)
    value = owner.arguments.get(name) or owner.arguments.get(str(place))
    return default if value is None else python_value(value)


def _fit(args: Arguments) -> Value:
    assert args.call.owner is not None
    return args.call.owner


def _noting(family: Family) -> Family:
    """A family's function that fits: a second fit on the other part of the same data is a fault."""

    def compute(args: Arguments) -> Value:
        scaler, x = args.call.owner, args.value("x")
        if isinstance(scaler, Object) and isinstance(x, Array):
            before = scaler.arguments.setdefault(_FITTED, Sequence("tuple", [x], args.node))
            first = before.items[0] if isinstance(before, Sequence) and before.items else None
            parts = isinstance(first, Array) and first is not x and first.origin is x.origin
            if parts and x.origin is not None and before.origin is not None:
                args.call.interp.report(FittedAgain(args.node, before.origin), args.node)
        return family(args)

    return compute


_FITTED: Final = "fitted on"


def _scaled(args: Arguments, facts: Facts = NO_FACTS) -> Value:
    """The same shape in floats."""
    x = args.array("x")
    if x is None:
        return Array(TensorSpec((ANY, ANY), None), args.node, facts)
    dtype = "float64" if x.spec.dtype in _AS_FLOAT64 else x.spec.dtype if x.spec.dtype in _FLOATS else None
    return args.give(x.spec.shape, dtype, x, facts=facts, shaped=shaped_of(x))


_FLOATS: Final = {"float32", "float64"}
_AS_FLOAT64: Final = {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"}


def _range_scaled(args: Arguments) -> Value:
    """Columns from 0 to 1, or to what `feature_range` says; other data than was fitted may go beyond."""
    ends = _setting(args, "feature_range", 0, (0, 1))
    known = args.call.name.endswith("fit_transform") and isinstance(ends, (tuple, list)) and len(ends) == 2
    # A constant column, and rounding, may leave the range by a little.
    return _scaled(args, Facts(ends[0] - 1e-6, ends[1] + 1e-6) if known else NO_FACTS)


def _encoded(args: Arguments) -> Value:
    """`LabelEncoder`: class numbers from 0 on."""
    x = args.array("x")
    rows = x.spec.shape[0] if x is not None and x.spec.shape else ANY
    count = classes_in(x)
    facts = Facts(0, count - 1 if count is not None else None, Labels(count), facts_of(x).dataset)
    return args.give((rows,), "int64", x, facts=facts)


def _binarized(args: Arguments) -> Value:
    """`LabelBinarizer`: one-hot rows, but one column for two classes."""
    x = args.array("x")
    rows = x.spec.shape[0] if x is not None and x.spec.shape else ANY
    count = classes_in(x)
    if count is None:
        return args.give((rows, ANY), "int64", x, facts=Facts(0, 1))
    if count == 2:
        return args.give((rows, 1), "int64", x, facts=Facts(0, 1, Labels(2), facts_of(x).dataset))
    return args.give(
        (rows, count), "int64", x, facts=Facts(0, 1, Labels(count, one_hot=True), facts_of(x).dataset)
    )


def _one_hot(args: Arguments) -> Value:
    """`OneHotEncoder`: a sparse matrix unless it is told otherwise."""
    x = args.array("x")
    shape = x.spec.shape if x is not None else None
    one = shape is not None and len(shape) == 2 and shape[1] == 1
    count = classes_in(x) if one else None
    facts = Facts(0, 1, Labels(count, one_hot=True) if one else None, facts_of(x).dataset)
    rows = shape[0] if shape else ANY
    dense = args.give((rows, ANY if count is None else count), "float64", x, facts=facts)
    sparse = [_setting(args, name, -1, True) for name in ("sparse_output", "sparse")]
    if False in sparse:
        return dense
    return Object(_SPARSE, {"dense": dense}, args.node) if UNKNOWN not in sparse else args.unknown()


_SPARSE: Final = "scipy.sparse.csr_matrix"


@models(f"{_SPARSE}.toarray", f"{_SPARSE}.todense")
def _dense(call: Call) -> Value:
    assert isinstance(call.owner, Object)
    return call.owner.arguments["dense"]


def _reduced(args: Arguments) -> Value:
    """`PCA` and the like: as many columns as components."""
    x, count = args.array("x"), _setting(args, "n_components", 0, None)
    shape = x.spec.shape if x is not None else None
    rows = shape[0] if shape else ANY
    return args.give((rows, count if isinstance(count, int) else ANY), None, x)


def _columns(args: Arguments) -> Value:
    """As many rows, and columns that depend on the data."""
    x = args.array("x")
    rows = x.spec.shape[0] if x is not None and x.spec.shape else ANY
    return args.give((rows, ANY), None, x)


def _words(args: Arguments) -> Value:
    """`TfidfVectorizer` and the like: a sparse matrix."""
    return Object(_SPARSE, {"dense": Array(TensorSpec((ANY, ANY), None), args.node)}, args.node)


_TRANSFORMERS: Final[dict[str, Family]] = {
    **dict.fromkeys(
        ("preprocessing.StandardScaler", "preprocessing.RobustScaler", "preprocessing.MaxAbsScaler",
         "preprocessing.PowerTransformer", "preprocessing.QuantileTransformer", "preprocessing.Normalizer"),
        _scaled,
    ),
    "preprocessing.MinMaxScaler": _range_scaled,
    "preprocessing.LabelEncoder": _encoded,
    "preprocessing.LabelBinarizer": _binarized,
    "preprocessing.MultiLabelBinarizer": _columns,
    "preprocessing.OneHotEncoder": _one_hot,
    "preprocessing.OrdinalEncoder": _scaled,
    "preprocessing.PolynomialFeatures": _columns,
    "impute.SimpleImputer": _columns,
    "decomposition.PCA": _reduced,
    "decomposition.TruncatedSVD": _reduced,
    "decomposition.FastICA": _reduced,
    "compose.ColumnTransformer": _columns,
    "feature_extraction.text.CountVectorizer": _words,
    "feature_extraction.text.TfidfVectorizer": _words,
}  # fmt: skip
for _name, _family in _TRANSFORMERS.items():
    register(
        "numpy",
        f"sklearn.{_name}.",
        {
            "fit": (_noting(_fit), "self x y"),
            "partial_fit": (_fit, "self x y"),
            "transform": (_family, "self x"),
            "fit_transform": (_noting(_family), "self x y"),
        },
    )
for _name in ("StandardScaler", "RobustScaler", "MaxAbsScaler", "MinMaxScaler"):
    register("numpy", f"sklearn.preprocessing.{_name}.", {"inverse_transform": (_scaled, "self x")})
register(
    "numpy",
    "sklearn.preprocessing.",
    dict.fromkeys(("scale", "minmax_scale", "maxabs_scale", "robust_scale", "normalize"), (_scaled, "x")),
)


@models("sklearn.utils.shuffle")
def _shuffle(call: Call) -> Value:
    """The same arrays in another order."""
    found: list[Value] = [value if isinstance(value, Array) else call.unknown() for value in call.positional]
    if not call.complete or not found or call.argument("n_samples") is not None:
        return call.unknown()
    found = [
        Array(value.spec, call.node, replace(value.facts, grouped=False), value.shaped, value.taint)
        if isinstance(value, Array) and value.facts.grouped
        else value
        for value in found
    ]
    return Sequence("list", found, call.node) if len(found) > 1 else found[0]


# --- data sets ------------------------------------------------------------------------------------------


_Target = tuple[Shape, str, Facts]
_INTEGERS: Final = "int64"


def _classes(count: int) -> Facts:
    return Facts(0, count - 1, Labels(count))


# Rows, features, target; the numbers are those of scikit-learn 1.9.
_TABLES: Final[dict[str, tuple[int, int, _Target]]] = {
    "load_iris": (150, 4, ((), _INTEGERS, replace(_classes(3), grouped=True))),
    "load_wine": (178, 13, ((), _INTEGERS, replace(_classes(3), grouped=True))),
    "load_breast_cancer": (569, 30, ((), _INTEGERS, _classes(2))),
    "load_digits": (1797, 64, ((), _INTEGERS, _classes(10))),
    "load_diabetes": (442, 10, ((), "float64", Facts(25.0, 346.0, continuous=True))),
    "load_linnerud": (20, 3, ((3,), "float64", Facts(continuous=True))),
    "fetch_california_housing": (20640, 8, ((), "float64", Facts(0.14, 5.01, continuous=True))),
    "load_boston": (506, 13, ((), "float64", Facts(5.0, 50.0, continuous=True))),
}
_SCALED: Final = {"load_diabetes"}
"""Those whose features are scaled as they come."""


def _load(call: Call) -> Value:
    """A `Bunch`, or the pair of data and target."""
    name = call.name.rpartition(".")[2]
    rows, features, (shape, dtype, target) = _TABLES[name]
    facts = replace(target, dataset=call.name)
    given = [call.constant(option, None, False) for option in ("return_X_y", "as_frame")]
    if (
        UNKNOWN in given
        or not call.complete
        or (name == "load_digits" and call.constant("n_class", 0, 10) != 10)
    ):
        return call.unknown()
    kind: Callable[..., Value] = _frame if given[1] else Array
    raw = None if name in _SCALED else f"sklearn.datasets.{name}"
    data = kind(TensorSpec((rows, features), "float64"), origin=call.node, facts=Facts(raw=raw))
    classes = kind(TensorSpec((rows, *shape), dtype), origin=call.node, facts=facts)
    if given[0]:
        return Sequence("tuple", [data, classes], call.node)
    held: dict[str, Value] = {"data": data, "target": classes}
    if name == "load_digits":
        held["images"] = Array(TensorSpec((rows, 8, 8), "float64"), call.node, Facts(0, 16, raw=raw))
    return Object(BUNCH, held, call.node)


def size_of(loader: str, *, labels: bool) -> int | None:
    """How many numbers the features or the target of a data set hold."""
    table = _TABLES.get(loader.rpartition(".")[2])
    return None if table is None else table[0] if labels else table[0] * table[1]


def _frame(spec: TensorSpec, origin: Any, facts: Facts) -> Value:
    return Frame(spec, None, origin, facts)


BUNCH: Final = "sklearn.utils.Bunch"
for _name in _TABLES:
    models(f"sklearn.datasets.{_name}")(_load)


def _made(
    args: Arguments,
    features: int = 2,
    classes: int = 0,
) -> Value:
    """`make_*`: samples around 0, with classes, or with a continuous target where `classes` is 0."""
    rows, width = args.constant("rows", 100), args.constant("features", features)
    known = [size if isinstance(size, int) else ANY for size in (rows, width)]
    x = args.give(tuple(known), "float64")
    if classes:
        count = args.constant("classes", classes)
        if args.call.name.endswith("make_blobs"):
            count = len(count) if isinstance(count, list) else 3 if count is None else count
        count = count if isinstance(count, int) else None
        facts = Facts(0, count - 1 if count is not None else None, Labels(count))
        return Sequence("tuple", [x, args.give((known[0],), "int64", facts=facts)], args.node)
    width = args.constant("targets", 1)
    shape = (known[0],) if width == 1 else (known[0], width if isinstance(width, int) else ANY)
    y = args.give(shape, "float64", facts=Facts(continuous=True))
    return Sequence("tuple", [x, y], args.node) if args.constant("coef", False) is False else args.unknown()


_GENERATORS: Table = {
    "make_classification": (
        partial(_made, features=20, classes=2),
        "rows=n_samples features=n_features classes=n_classes",
    ),
    "make_blobs": (partial(_made, classes=3), "rows=n_samples features=n_features classes=centers"),
    "make_moons": (partial(_made, classes=2), "rows=n_samples"),
    "make_circles": (partial(_made, classes=2), "rows=n_samples"),
    "make_gaussian_quantiles": (
        partial(_made, classes=3),
        "rows=n_samples features=n_features classes=n_classes",
    ),
    "make_regression": (
        partial(_made, features=100),
        "rows=n_samples features=n_features targets=n_targets coef",
    ),
    "make_friedman1": (partial(_made, features=10), "rows=n_samples features=n_features"),
    "make_swiss_roll": (partial(_made, features=3), "rows=n_samples"),
    "make_s_curve": (partial(_made, features=3), "rows=n_samples"),
}  # fmt: skip
register("numpy", "sklearn.datasets.", _GENERATORS)

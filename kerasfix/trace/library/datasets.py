"""What the loaders of `keras.datasets` return."""

from typing import TYPE_CHECKING

from kerasfix.keras import datasets
from kerasfix.keras.shape import ANY, TensorSpec, size
from kerasfix.trace.library import UNKNOWN, models, python_value
from kerasfix.trace.returned import DatasetSplit
from kerasfix.trace.values import Array, Facts, Labels, Mapping, Sequence, Value

if TYPE_CHECKING:
    from kerasfix.trace.calls import Call

# Positional arguments of the loaders.
_PARAMETERS = {
    "boston_housing": ("path", "test_split", "seed"),
    "california_housing": ("version", "path", "test_split", "seed"),
    "cifar100": ("label_mode",),
    "imdb": (
        "path", "num_words", "skip_top", "maxlen", "seed", "start_char", "oov_char", "index_from"
    ),
    "mnist": ("path",),
    "reuters": (
        "path", "num_words", "skip_top", "maxlen", "test_split", "seed", "start_char", "oov_char",
        "index_from",
    ),
}  # fmt: skip


def training_size(dataset: str, *, labels: bool) -> int | None:
    """How many numbers the training data or labels hold by default; `dataset` is the loader's full name."""
    if dataset.startswith("sklearn."):
        from kerasfix.trace.library.sklearn import size_of

        return size_of(dataset, labels=labels)
    data = datasets.load_data(dataset.removeprefix("keras.datasets."))
    return size((data.y_train if labels else data.x_train).shape) if data is not None else None


def _load_data(call: "Call") -> Value:
    full = call.name.removesuffix(".load_data")
    name = full.removeprefix("keras.datasets.")
    data = datasets.load_data(name, _given(call, _PARAMETERS.get(name, ())))
    if data is None:
        return call.unknown()

    def array(described: datasets.Array, labels: Labels | None) -> Value:
        shape = tuple(ANY if dim is None else dim for dim in described.shape)
        target = data.content == "table" and described in (data.y_train, data.y_test)
        facts = Facts(described.low, described.high, labels, full, continuous=target)
        return Array(TensorSpec(shape, described.dtype), call.node, facts)

    classes = None if data.content == "table" else Labels(data.classes)
    pairs: list[Value] = [
        Sequence("tuple", [array(x, None), array(y, classes)], call.node)
        for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test))
    ]
    return DatasetSplit(full, pairs, call.node)


def _given(call: "Call", parameters: tuple[str, ...]) -> dict[str, object]:
    """The loader's arguments by name, where they are not those that it takes by default."""
    names = {**dict(zip(parameters, call.positional, strict=False))}
    names |= {argument.keyword: argument.value for argument in call.arguments if argument.keyword}
    values = {name: python_value(value) for name, value in names.items()}
    given = {name: datasets.UNKNOWN if value is UNKNOWN else value for name, value in values.items()}
    if not call.complete:
        given = {**dict.fromkeys(parameters, datasets.UNKNOWN), **given}
    return given


for _name in datasets.NAMES:
    models(f"keras.datasets.{_name}.load_data")(_load_data)


@models("keras.datasets.imdb.get_word_index", "keras.datasets.reuters.get_word_index")
def _get_word_index(call: "Call") -> Value:
    """A dict of words."""
    return Mapping(None, call.node)

"""What `keras.datasets.<name>.load_data()` returns: shapes, dtypes and ranges, without loading anything.

Shapes and dtypes follow the code of Keras 3.15.1; where its documentation differs the code is right (the
labels of cifar100 are int64, from a list, and not uint8). Ranges of values are those of the published files.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from kerasfix.light import dataclass

UNKNOWN: Final = object()
"""An argument of `load_data` whose value is not known."""

Content = Literal["images", "text", "table"]


@dataclass(frozen=True)
class Array:
    """One array: shape (None: size not known), dtype, and the range of its values, both ends included."""

    shape: tuple[int | None, ...]
    dtype: str
    low: float | None = None
    high: float | None = None
    ragged: bool = False
    """An object array of lists of different lengths; `low` and `high` are those of their items."""


@dataclass(frozen=True)
class Dataset:
    """What `(x_train, y_train), (x_test, y_test) = load_data()` binds. `classes` is None for a regression."""

    name: str
    content: Content
    classes: int | None
    x_train: Array
    y_train: Array
    x_test: Array
    y_test: Array


@dataclass(frozen=True)
class _Table:
    """One row below: sample counts, shape of a sample, dtypes and ranges."""

    content: Content
    train: int
    test: int
    sample: tuple[int, ...]
    x: tuple[str, float | None, float | None]
    label: tuple[int, ...]
    y: tuple[str, float | None, float | None]
    classes: int | None
    split: float | None = None
    """The default of `test_split`, where there is one: then `train + test` samples are split by it."""


_TABLES = {
    "boston_housing": _Table(
        "table", 404, 102, (13,), ("float64", 0.0, 711.0), (), ("float64", 5.0, 50.0), None, 0.2
    ),
    "california_housing": _Table(
        "table", 16512, 4128, (8,), ("float32", None, None), (), ("float32", None, None), None, 0.2
    ),
    "cifar10": _Table("images", 50000, 10000, (32, 32, 3), ("uint8", 0, 255), (1,), ("uint8", 0, 9), 10),
    "cifar100": _Table("images", 50000, 10000, (32, 32, 3), ("uint8", 0, 255), (1,), ("int64", 0, 99), 100),
    "fashion_mnist": _Table("images", 60000, 10000, (28, 28), ("uint8", 0, 255), (), ("uint8", 0, 9), 10),
    "imdb": _Table("text", 25000, 25000, (), ("object", 1, 88586), (), ("int64", 0, 1), 2),
    "mnist": _Table("images", 60000, 10000, (28, 28), ("uint8", 0, 255), (), ("uint8", 0, 9), 10),
    "reuters": _Table("text", 8982, 2246, (), ("object", 1, 30981), (), ("int64", 0, 45), 46, 0.2),
}
NAMES = frozenset(_TABLES)
_SMALL_CALIFORNIA = 600
_COARSE_CLASSES = 20


def load_data(name: str, arguments: Mapping[str, Any] | None = None) -> Dataset | None:
    """What `keras.datasets.<name>.load_data(**arguments)` returns; an `UNKNOWN` makes sizes or ranges None.

    None for a name that is no dataset. Arguments that are wrong are not looked at.
    """
    table = _TABLES.get(name)
    if table is None:
        return None
    given = arguments or {}
    if name == "cifar100" and given.get("label_mode", "fine") != "fine":
        coarse = given["label_mode"] == "coarse"
        classes = _COARSE_CLASSES if coarse else None
        table = replace(table, classes=classes, y=("int64", 0, classes - 1 if classes else None))
    train, test = _counts(name, table, given)
    x_dtype, low, high = table.x
    ragged = table.content == "text"
    if ragged:
        low, high = _word_range(low, high, given)

    def pair(count: int | None) -> tuple[Array, Array]:
        y_dtype, first, last = table.y
        x = Array((count, *table.sample), x_dtype, low, high, ragged)
        return x, Array((count, *table.label), y_dtype, first, last)

    return Dataset(name, table.content, table.classes, *pair(train), *pair(test))


def _counts(name: str, table: _Table, given: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """The number of training and test samples."""
    if given.get("maxlen"):  # drops long texts; UNKNOWN counts as given
        return None, None
    total = table.train + table.test
    if name == "california_housing" and "version" in given:
        if given["version"] not in {"small", "large"}:
            return None, None
        total = _SMALL_CALIFORNIA if given["version"] == "small" else total
    if table.split is None:
        return table.train, table.test
    split = given.get("test_split", table.split)
    if not isinstance(split, (int, float)) or not 0 <= split < 1:
        return None, None
    train = int(total * (1 - split))
    return train, total - train


def _word_range(
    low: float | None, high: float | None, given: Mapping[str, Any]
) -> tuple[float | None, float | None]:
    """The lowest and highest word index of a text dataset."""
    if given.keys() & {"start_char", "oov_char", "index_from", "skip_top"}:
        low = None
    if num_words := given.get("num_words"):
        return low, num_words - 1 if isinstance(num_words, int) else None
    return low, None if "index_from" in given else high

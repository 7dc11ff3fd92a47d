"""`keras.datasets`: the tables agree with Keras's own code, fed with stand-ins of its files."""

import pytest

from kerasfix.keras.datasets import NAMES, UNKNOWN, Array, load_data


@pytest.mark.parametrize(
    ("name", "arguments", "train", "test"),
    [
        ("mnist", {}, (60000, 28, 28), (10000, 28, 28)),
        ("cifar10", {}, (50000, 32, 32, 3), (10000, 32, 32, 3)),
        ("boston_housing", {}, (404, 13), (102, 13)),
        ("boston_housing", {"test_split": 0.5}, (253, 13), (253, 13)),
        ("boston_housing", {"test_split": UNKNOWN}, (None, 13), (None, 13)),
        ("california_housing", {}, (16512, 8), (4128, 8)),
        ("california_housing", {"version": "small"}, (480, 8), (120, 8)),
        ("california_housing", {"version": UNKNOWN}, (None, 8), (None, 8)),
        ("imdb", {"num_words": 10000}, (25000,), (25000,)),
        ("imdb", {"maxlen": 100}, (None,), (None,)),
        ("imdb", {"maxlen": UNKNOWN}, (None,), (None,)),
        ("reuters", {}, (8982,), (2246,)),
        ("reuters", {"test_split": 0.1}, (10105,), (1123,)),
    ],
)
def test_shapes(name, arguments, train, test):
    data = load_data(name, arguments)
    assert (data.x_train.shape, data.x_test.shape) == (train, test)


def test_labels():
    assert load_data("mnist").y_train == Array((60000,), "uint8", 0, 9)
    assert load_data("cifar10").y_test == Array((10000, 1), "uint8", 0, 9)
    assert load_data("cifar100").y_test == Array((10000, 1), "int64", 0, 99)
    assert load_data("cifar100", {"label_mode": "coarse"}).classes == 20
    assert load_data("cifar100", {"label_mode": UNKNOWN}).classes is None
    assert load_data("boston_housing").classes is None


@pytest.mark.parametrize(
    ("arguments", "low", "high"),
    [
        ({}, 1, 88586),
        ({"num_words": 5000}, 1, 4999),
        ({"num_words": UNKNOWN}, 1, None),
        ({"num_words": None}, 1, 88586),
        ({"index_from": 0}, None, None),
        ({"num_words": 100, "start_char": 7}, None, 99),
    ],
)
def test_word_indices(arguments, low, high):
    words = load_data("imdb", arguments).x_train
    assert (words.low, words.high, words.ragged) == (low, high, True)


def test_no_such_dataset():
    assert load_data("text") is None


@pytest.mark.keras
def test_every_dataset_of_keras_is_here():
    import keras

    modules = {name for name in vars(keras.datasets) if not name.startswith("_")}
    assert modules == NAMES


@pytest.mark.keras
@pytest.mark.parametrize("name", ["boston_housing", "california_housing", "imdb", "reuters"])
def test_splits_are_those_of_keras(name, monkeypatch, tmp_path):
    import importlib

    import numpy as np

    module = importlib.import_module(f"keras.src.datasets.{name}")
    expected = load_data(name)
    total = expected.x_train.shape[0] + expected.x_test.shape[0]
    if expected.content == "text":
        texts = np.empty(total, dtype=object)
        texts[:] = [[1, 2, 3, 4]] * (total - 1) + [[5]]
        labels = np.zeros(total, dtype="int64")
        half = expected.x_train.shape[0]
        parts = {
            "x_train": texts[:half],
            "y_train": labels[:half],
            "x_test": texts[half:],
            "y_test": labels[half:],
        }
        monkeypatch.setattr(module.npz_utils, "load_npz", lambda _: {"x": texts, "y": labels, **parts})
        path = tmp_path / "none"
    else:
        path = tmp_path / "data.npz"
        columns = expected.x_train.shape[1]
        dtype = expected.x_train.dtype
        np.savez(path, x=np.zeros((total, columns), dtype), y=np.zeros(total, dtype))
    monkeypatch.setattr(module, "get_file", lambda *_, **__: str(path))
    (x_train, y_train), (x_test, y_test) = module.load_data()
    for part in ("x_train", "y_train", "x_test", "y_test"):
        real, table = locals()[part], getattr(expected, part)
        assert real.shape[: len(table.shape)] == table.shape
        assert str(real.dtype) == table.dtype

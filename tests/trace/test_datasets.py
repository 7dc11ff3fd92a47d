"""The loaders of `keras.datasets` and the data helpers of `keras.utils`."""

import pytest

from kerasfix.keras.shape import ANY
from kerasfix.trace.returned import DatasetSplit
from kerasfix.trace.values import Array, Labels, Mapping, Sequence, Unknown

LOAD = "from keras.datasets import {0}\n(x, y), (u, v) = {0}.load_data({1})\nresult = x, y, u, v"


def specs(value: Sequence) -> list[tuple[object, str | None]]:
    assert value.items is not None
    return [(item.spec.shape, item.spec.dtype) for item in value.items if isinstance(item, Array)]


# name, arguments; samples for training and test; shape of a sample and of its label; dtypes of both
LOADERS = [
    ("mnist", "", (60000, 10000), (28, 28), (), ("uint8", "uint8")),
    ("mnist", "'mnist.npz'", (60000, 10000), (28, 28), (), ("uint8", "uint8")),
    ("cifar10", "", (50000, 10000), (32, 32, 3), (1,), ("uint8", "uint8")),
    ("cifar100", "'coarse'", (50000, 10000), (32, 32, 3), (1,), ("uint8", "int64")),
    ("imdb", "num_words=10000", (25000, 25000), (), (), ("object", "int64")),
    ("imdb", "maxlen=100", (ANY, ANY), (), (), ("object", "int64")),
    ("imdb", "'imdb.npz', 5000, 0, 100", (ANY, ANY), (), (), ("object", "int64")),
    ("reuters", "", (8982, 2246), (), (), ("object", "int64")),
    ("boston_housing", "", (404, 102), (13,), (), ("float64", "float64")),
    ("boston_housing", "test_split=0.5", (253, 253), (13,), (), ("float64", "float64")),
    ("boston_housing", "test_split=share()", (ANY, ANY), (13,), (), ("float64", "float64")),
    ("boston_housing", "**options()", (ANY, ANY), (13,), (), ("float64", "float64")),
    ("california_housing", "'small'", (480, 120), (8,), (), ("float32", "float32")),
]


@pytest.mark.parametrize(("name", "arguments", "counts", "sample", "label", "dtypes"), LOADERS)
def test_loaders(abstract, name: str, arguments: str, counts, sample, label, dtypes) -> None:
    expected = [
        ((count, *shape), dtype)
        for count in counts
        for shape, dtype in zip((sample, label), dtypes, strict=True)
    ]
    assert specs(abstract(LOAD.format(name, arguments))) == expected


def test_labels(abstract) -> None:
    def second(name: str, arguments: str = "") -> Array:
        value = abstract(LOAD.format(name, arguments)).items[1]
        assert isinstance(value, Array)
        return value

    assert second("mnist").facts.labels == Labels(10)
    assert (second("mnist").facts.low, second("mnist").facts.high) == (0, 9)
    assert second("cifar100").facts.labels == Labels(100)
    assert second("cifar100", "label_mode='coarse'").facts.labels == Labels(20)
    assert second("cifar100", "label_mode=mode()").facts.labels == Labels(None)
    assert second("reuters").facts.labels == Labels(46)
    assert second("boston_housing").facts.labels is None


def test_a_split_that_is_not_unpacked(abstract) -> None:
    value = abstract("import keras\nresult = keras.datasets.mnist.load_data()")
    assert isinstance(value, DatasetSplit)
    assert value.dataset == "keras.datasets.mnist"
    assert abstract("import keras\nresult = keras.datasets.mnist.load_data()[0][0]").spec.shape == (
        60000,
        28,
        28,
    )
    train = abstract(
        "from tensorflow.keras.datasets import cifar10\ntrain, test = cifar10.load_data()\nresult = train[1]"
    )
    assert train.spec.shape == (50000, 1)


def test_word_index(abstract) -> None:
    assert isinstance(abstract("from keras.datasets import imdb\nresult = imdb.get_word_index()"), Mapping)


CATEGORICAL = "import keras\nimport numpy as np\nfrom keras.utils import to_categorical\n"


@pytest.mark.parametrize(
    ("code", "shape", "labels"),
    [
        ("to_categorical(y)", (50000, 10), Labels(10, one_hot=True)),
        ("to_categorical(y, 10)", (50000, 10), Labels(10, one_hot=True)),
        ("to_categorical(y, num_classes=12)", (50000, 12), Labels(12, one_hot=True)),
        ("to_categorical(y, num_classes=len(np.unique(y)))", (50000, 10), Labels(10, one_hot=True)),
        ("to_categorical(y, np.max(y) + 1)", (50000, 10), Labels(10, one_hot=True)),
        ("to_categorical(y.astype('int32').reshape(-1))", (50000, 10), Labels(10, one_hot=True)),
        ("to_categorical(y[:100], classes())", (100, ANY), Labels(None, one_hot=True)),
        (
            "to_categorical(np.random.randint(10, size=(50, 1)), num_classes=10)",
            (50, 10),
            Labels(10, one_hot=True),
        ),
        ("to_categorical(np.random.randint(10, size=50))", (50, ANY), Labels(None, one_hot=True)),
        ("to_categorical(load(), 3)", None, Labels(3, one_hot=True)),
        ("to_categorical(y)[:100]", (100, 10), Labels(10, one_hot=True)),
        ("np.argmax(to_categorical(y), axis=1)", (50000,), Labels(10)),
        ("np.argmax(to_categorical(y), axis=-1)", (50000,), Labels(10)),
        ("to_categorical(y).reshape(-1)", (500000,), None),
        ("np.concatenate([to_categorical(y), to_categorical(v)])", (60000, 10), Labels(10, one_hot=True)),
        ("np.concatenate([y, v])", (60000, 1), Labels(10)),
        ("y.flatten()", (50000,), Labels(10)),
        ("np.squeeze(y)", (50000,), Labels(10)),
        ("y[:, 0]", (50000,), Labels(10)),
        ("y.astype('float32')", (50000, 1), Labels(10)),
        ("y / 10", (50000, 1), None),
        ("y[:, 0][y[:, 0] < 5]", (ANY,), None),
        ("y[np.where(y < 5)[0]]", (ANY, 1), None),
        ("y[np.flatnonzero(y < 5)]", (ANY, 1), None),
        ("y[np.random.permutation(len(y))]", (50000, 1), Labels(10)),
        ("y[np.random.permutation(50000)[:100]]", (100, 1), Labels(10)),
        ("y[-1000:]", (1000, 1), Labels(10)),
        ("y[start():]", (ANY, 1), Labels(10)),
        ("np.take(y, np.flatnonzero(y < 5))", (ANY,), None),
        ("keras.utils.to_categorical(y)", (50000, 10), Labels(10, one_hot=True)),
        ("keras.ops.one_hot(y.reshape(-1), 10)", (50000, 10), Labels(10, one_hot=True)),
    ],
)
def test_labels_through_steps(abstract, code: str, shape: object, labels: Labels | None) -> None:
    load = "from keras.datasets import cifar10\n(x, y), (u, v) = cifar10.load_data()\n"
    value = abstract(f"{CATEGORICAL}{load}result = {code}")
    assert isinstance(value, Array)
    assert value.spec.shape == shape
    assert value.facts.labels == labels


def test_the_old_home_of_to_categorical(abstract) -> None:
    code = "from keras.utils import np_utils\nimport numpy as np\n"
    value = abstract(code + "result = np_utils.to_categorical(np.zeros(5), 3)")
    assert isinstance(value, Array)
    assert value.spec.shape == (5, 3)


@pytest.mark.parametrize(
    ("code", "shape", "dtype"),
    [
        ("pad_sequences(x, maxlen=80)", (25000, 80), "int32"),
        ("pad_sequences(x, 80, dtype='float32')", (25000, 80), "float32"),
        ("pad_sequences(x)", (25000, ANY), "int32"),
        ("pad_sequences(x[:10], maxlen=width())", (10, ANY), "int32"),
        ("pad_sequences([[1], [2, 3]], maxlen=4)", (2, 4), "int32"),
        ("pad_sequences(texts(), maxlen=4)", None, "int32"),
        ("keras.preprocessing.sequence.pad_sequences(x, maxlen=80)", (25000, 80), "int32"),
    ],
)
def test_pad_sequences(abstract, code: str, shape: object, dtype: str) -> None:
    load = "import keras\nfrom keras.utils import pad_sequences\nfrom keras.datasets import imdb\n"
    value = abstract(f"{load}(x, y), (u, v) = imdb.load_data(num_words=5000)\nresult = {code}")
    assert isinstance(value, Array)
    assert (value.spec.shape, value.spec.dtype) == (shape, dtype)


@pytest.mark.keras
@pytest.mark.parametrize(
    "expression",
    [
        "to_categorical([0, 1, 2])",
        "to_categorical([0, 1, 2], 5)",
        "to_categorical(np.array([[0], [1]]))",
        "to_categorical(np.array([[0], [1]]), num_classes=3)",
        "to_categorical(np.array([[0, 1], [1, 2]]), 3)",
        "to_categorical(np.array([[[0], [1]]]), 3)",
        "to_categorical(3, 5)",
        "normalize(np.ones((3, 4)))",
        "normalize(np.ones((3, 4), 'float32'))",
        "normalize(np.ones((3, 4), 'int32'))",
        "normalize(-np.ones((3, 4)), axis=1)",
        "normalize(np.ones((3, 4)), order=1)",
        "pad_sequences([[1], [2, 3]])",
        "pad_sequences([[1], [2, 3]], maxlen=3)",
        "pad_sequences([[1], [2, 3]], maxlen=3, dtype='float32', value=-1.0)",
        "pad_sequences([[], [1, 2]])",
        "pad_sequences(np.array([[1, 2], [3, 4]]), maxlen=3)",
        "pad_sequences([[[1, 2]], [[3, 4]]], maxlen=2)",
        "pad_sequences(np.ones((2, 3, 4)), maxlen=5)",
        "set_random_seed(1)",
    ],
)
def test_helpers_against_keras(compare, expression: str) -> None:
    code = "import numpy as np\nfrom keras.utils import to_categorical, normalize, pad_sequences, set_random_seed\n"
    compare(f"{code}result = {expression}")


@pytest.mark.keras
@pytest.mark.parametrize(
    "name", ["boston_housing", "california_housing", "cifar100", "imdb", "mnist", "reuters"]
)
def test_positional_arguments_are_those_of_keras(name: str) -> None:
    import inspect

    import keras

    from kerasfix.trace.library.datasets import _PARAMETERS

    parameters = inspect.signature(getattr(keras.datasets, name).load_data).parameters
    assert [p for p in parameters if p != "kwargs"] == list(_PARAMETERS[name])


def test_unknown_loaders(abstract) -> None:
    assert isinstance(
        abstract("import keras\nresult = keras.datasets.text.load_data()"), DatasetSplit | Unknown
    )

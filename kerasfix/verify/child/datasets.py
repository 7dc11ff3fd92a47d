"""The data sets of Keras, made up: true shapes, dtypes and label ranges at full size, cheap to build.

Full size matters: scripts reshape to (60000, 784), slice at 10000 or check lengths.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from .patching import replace_everywhere, same_signature
from .record import Record

Split = tuple[Any, Any]
BLOCK = 20  # different samples of each class; the rest are repetitions
LONGEST, SHORTEST = 60, 20  # words in a text
VOCABULARY = {"imdb": 88584, "reuters": 30979}
FREQUENT = "the and a of to is br in it i this that was as for with movie but film on not you".split()  # noqa: SIM905

# name -> training and test size, shape of a sample, classes, shape and dtype of a label
IMAGES: dict[str, tuple[int, int, tuple[int, ...], int, tuple[int, ...], str]] = {
    "mnist": (60000, 10000, (28, 28), 10, (), "uint8"),
    "fashion_mnist": (60000, 10000, (28, 28), 10, (), "uint8"),
    "cifar10": (50000, 10000, (32, 32, 3), 10, (1,), "uint8"),
    "cifar100": (50000, 10000, (32, 32, 3), 100, (1,), "int64"),
}
# name -> training and test size, classes
TEXTS = {"imdb": (25000, 25000, 2), "reuters": (8982, 2246, 46)}
# name -> samples by `version`, features, dtype
TABLES: dict[str, tuple[dict[str | None, int], int, str]] = {
    "boston_housing": ({None: 506}, 13, "float64"),
    "california_housing": ({"large": 20640, "small": 600}, 8, "float32"),
}


def install(record: Record) -> None:
    """Put made-up data in place of every loader of `keras.datasets`."""
    replacements: dict[Any, Any] = {}

    def replace(module: Any, function: str, make: Callable[..., Any], name: str) -> None:
        original = getattr(module, function)

        def load(*args: Any, **kwargs: Any) -> Any:
            record.stub(f"keras.datasets.{name}.{function}")
            return make(*args, **kwargs)

        replacements[original] = same_signature(original, load)

    for name in IMAGES:
        replace(getattr(keras.datasets, name), "load_data", _images(name), name)
    for name in TEXTS:
        module = getattr(keras.datasets, name)
        replace(module, "load_data", _texts(name), name)
        replace(module, "get_word_index", lambda *_, _name=name, **__: _word_index(_name), name)
    for name in TABLES:
        module = getattr(keras.datasets, name, None)
        if module is not None:
            replace(module, "load_data", _table(name), name)
    replace_everywhere(replacements)


def _images(name: str) -> Callable[..., tuple[Split, Split]]:
    train, test, shape, classes, label_shape, dtype = IMAGES[name]

    def make(label_mode: str = "fine", **_: Any) -> tuple[Split, Split]:
        kinds = 20 if name == "cifar100" and label_mode == "coarse" else classes
        return split(train, 1, kinds), split(test, 2, kinds)

    def split(samples: int, seed: int, kinds: int) -> Split:
        random = np.random.default_rng(seed)
        prototypes = np.random.default_rng(0).integers(0, 256, (kinds, *shape))
        labels = random.permutation(np.arange(BLOCK * kinds) % kinds)
        noise = random.integers(0, 256, (len(labels), *shape))
        images = (0.7 * prototypes[labels] + 0.3 * noise).astype("uint8")
        return _repeat(images, samples), _repeat(labels.astype(dtype).reshape(-1, *label_shape), samples)

    return lambda path="", **options: make(**options) if name != "cifar100" or not path else make(path)


def _texts(name: str) -> Callable[..., tuple[Split, Split]]:
    train, test, classes = TEXTS[name]

    def make(
        path: str = "",
        num_words: int | None = None,
        skip_top: int = 0,
        maxlen: int | None = None,
        test_split: float | None = None,
        seed: int = 113,
        start_char: int | None = 1,
        oov_char: int | None = 2,
        index_from: int = 3,
        **_: Any,
    ) -> tuple[Split, Split]:
        top = num_words or VOCABULARY[name]
        longest = max(2, min(LONGEST, maxlen or LONGEST))

        def split(samples: int, number: int) -> Split:
            random = np.random.default_rng(number)
            kinds = BLOCK * max(classes, 10)
            labels = random.permutation(np.arange(kinds) % classes)
            texts: Any = np.empty(kinds, dtype=object)
            for position in range(kinds):
                words = random.integers(
                    min(index_from + 1, top - 1), top, random.integers(min(SHORTEST, longest), longest + 1)
                )
                words[-1] = top - 1
                texts[position] = ([] if start_char is None else [start_char]) + words.tolist()[1:]
            return _repeat(texts, samples), _repeat(labels.astype("int64"), samples)

        total = train + test
        trained = train if test_split is None else int(total * (1 - test_split))
        return split(trained, 1), split(total - trained, 2)

    return make


def _table(name: str) -> Callable[..., tuple[Split, Split]]:
    sizes, features, dtype = TABLES[name]

    def make(
        version: str = "large", path: str = "", test_split: float = 0.2, seed: int = 113
    ) -> tuple[Split, Split]:
        total = sizes.get(version) or sizes[None]
        random = np.random.default_rng(1)
        x = random.normal(size=(total, features))
        y = np.abs(20 + x @ np.random.default_rng(0).normal(size=features))
        x, y = x.astype(dtype), y.astype(dtype)
        cut = int(total * (1 - test_split))
        return (x[:cut], y[:cut]), (x[cut:], y[cut:])

    return lambda *args, **options: make(**options)


def _word_index(name: str) -> dict[str, int]:
    words = FREQUENT + [f"word{number}" for number in range(len(FREQUENT), VOCABULARY[name])]
    return {word: position + 1 for position, word in enumerate(words)}


def _repeat(block: Any, samples: int) -> Any:
    """The block again and again, up to so many samples."""
    times = -(-samples // len(block))
    return np.tile(block, (times,) + (1,) * (block.ndim - 1))[:samples]

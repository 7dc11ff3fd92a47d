"""The files that `run.py` measures tools on."""

from importlib.util import find_spec
from pathlib import Path

MANY = 100
PLAIN = "import random\n\nfor number in range(10):\n    print(random.random() < 0.5, number)\n" * 10


def keras_source() -> Path:
    """Where the source of Keras is installed. It is measured as a copy: tools leave `site-packages` out.

    Raises:
        SystemExit: it is not.
    """
    spec = find_spec("keras")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("error: Keras is not installed; name a folder of Keras scripts with --corpus")
    return Path(spec.submodule_search_locations[0]) / "src"


def corpus(folder: Path, target: Path) -> int:
    """Put a hundred Keras scripts into `target`, taken evenly from a folder; how many bytes they have.

    Raises:
        SystemExit: there are none.
    """
    found = sorted(path for path in folder.rglob("*.py") if path.parent.name != "fixed")
    texts = [
        text for path in found if "keras" in (text := path.read_text(encoding="utf-8", errors="replace"))
    ]
    if not texts:
        raise SystemExit(f"error: no Keras scripts in {folder}")
    texts = [texts[number * len(texts) // MANY] for number in range(MANY)]
    target.mkdir()
    size = 0
    for number in range(MANY):
        # TorchFix skips files without its word.
        text = f"{texts[number]}\n# torch {number}\n"
        size += len(text)
        (target / f"script_{number:03}.py").write_text(text, encoding="utf-8")
    return size


def copy_of(source: Path, target: Path) -> Path:
    """The source of Keras where no tool leaves it out; TorchFix skips files without its word."""
    for path in source.rglob("*.py"):
        copied = target / path.relative_to(source)
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_text(path.read_text(encoding="utf-8") + "\n# torch\n", encoding="utf-8")
    return target


def make_tree(folder: Path, count: int) -> Path:
    """A tree of files, a hundred to a folder; one in a thousand mentions Keras."""
    keras = "import keras\n\nmodel = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])\n"
    for number in range(count):
        place = folder / f"package_{number // 100:04}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"module_{number % 100:02}.py").write_text(PLAIN if number % 1000 else keras)
    return folder


def lines_of(count: int) -> str:
    """A script of so many lines: models, one after the other."""
    model = [
        "model = keras.Sequential([",
        "    keras.Input((28, 28)),",
        "    keras.layers.Flatten(),",
        "    keras.layers.Dense(10, activation='softmax'),",
        "])",
        "model.compile(optimizer='adam', loss='sparse_categorical_crossentropy')",
        "for step in range(3):",
        "    print(step * 2, model.count_params())",
    ]
    rows = ["import keras", *model * (count // len(model) + 1)][: max(count - (count - 1) % len(model), 9)]
    return "\n".join(rows) + "\n"


def layers_of(count: int) -> str:
    """A Functional model of so many layers."""
    rows = ["import keras", "x = inputs = keras.Input((32,))"]
    rows += [f"x = keras.layers.Dense({16 + number % 5})(x)" for number in range(count)]
    return "\n".join([*rows, "model = keras.Model(inputs, x)", "model.summary()"]) + "\n"

"""Tables made up from how a script uses them (`tables`): numbers, words, texts, times and labels."""

from typing import Any

import numpy as np

from .tables import Column, Tables
from .usage import FEATURES, Usage

ROWS = 1024  # enough for windows of many steps
MOST_VALUES = 1 << 25
LEVELS = 10  # of numbers: few, since any column may be used as a category
SENTENCES = (
    "the quick brown fox jumps over the lazy dog",
    "a good film with a very good story and great actors",
    "bad service, never again, and the food was cold",
    "win a free prize now, call this number today",
    "see you at home tonight",
)


class Maker:
    """Makes the tables of one script."""

    def __init__(self, tables: Tables, used: Usage) -> None:
        self.tables = tables
        self.used = used

    def numbers(self) -> Any:
        """An array: features, and in the last column class labels."""
        width = self._nameless_width()
        values = self._numbers(self._rows(width), width)
        for place in self._label_places(width):
            values[:, place] = self._labels(len(values))
        return values

    def _nameless_width(self) -> int:
        """How many columns a table has whose columns have no names."""
        return max(self._width(), (self._features() or -1) + 1) or FEATURES + 1

    def _width(self) -> int:
        """How many columns slices need; 0 where there are none."""
        around = self.tables.before + self.tables.behind
        return max(self.tables.width, around + (self._features() or FEATURES) if around else 0)

    def _label_places(self, width: int) -> list[int]:
        return [place for place in self.tables.label_at if place < width] or [width - 1]

    def frame(self, pandas: Any, line: int | None, options: dict[str, Any]) -> Any:
        """A frame with the columns that the script asks for, for a call on a line with some options."""
        labelled = self.tables.labels_of(line)
        named = self._named(pandas)
        names = options.get("names") if isinstance(options.get("names"), list) else None
        if names is None and options.get("header", 0) is not None:
            names = self._names(named, labelled)
        width = len(names or ()) or self._nameless_width()
        rows = self._rows(width)
        if isinstance(options.get("nrows"), int):
            rows = min(rows, options["nrows"])
        frame = pandas.DataFrame(self._numbers(rows, width), columns=names)
        for name in names or ():
            frame[name] = self._values(pandas, str(name), named.get(str(name), Column()), frame[name])
        for name in frame.columns[self._label_places(width)] if labelled else ():
            if named.get(str(name), Column()).kind == "number":
                frame[name] = self._labels(rows)
        return self._indexed(pandas, frame, options)

    def _indexed(self, pandas: Any, frame: Any, options: dict[str, Any]) -> Any:
        index = options.get("index_col")
        if isinstance(index, str) and index in frame:
            return frame.set_index(index)
        if index is not None and options.get("parse_dates"):
            frame.index = pandas.date_range("2015-01-01", periods=len(frame))
        return frame

    def _named(self, pandas: Any) -> dict[str, Column]:
        """The columns by name: an attribute is one where frames have no such attribute."""
        found: dict[str, Column] = {}
        for name, column in self.tables.columns.items():
            plain = name.removeprefix(".")
            if (plain == name or not hasattr(pandas.DataFrame, plain)) and (
                plain not in found or found[plain].kind == "number"
            ):
                found[plain] = column
        return found

    def _names(self, named: dict[str, Column], labelled: bool) -> list[str]:
        labels = [name for name in named if name in self.tables.labels]
        features = [name for name in named if name not in labels]
        labels = labels if labelled else []
        inputs = self._features()
        if inputs is None:
            wanted = (self._width() or FEATURES + 1) - len(features) - len(labels)
        else:
            kept = [name for name in features if name not in self.tables.dropped]
            wanted = max(inputs - len(kept), self._width() - len(kept) - len(labels))
        return features + [f"column_{number}" for number in range(wanted)] + labels

    def _features(self) -> int | None:
        return self.used.inputs if self.used.inputs is not None else self.tables.pixels or None

    def _rows(self, width: int) -> int:
        return min(max(ROWS, self.tables.rows), MOST_VALUES // max(1, width))

    def _numbers(self, rows: int, width: int) -> Any:
        return np.random.default_rng(0).integers(0, LEVELS + 1, (rows, width)) / LEVELS

    def _labels(self, rows: int) -> Any:
        return np.arange(rows) % self.used.classes

    def _values(self, pandas: Any, name: str, column: Column, usual: Any) -> Any:
        rows = len(usual)
        if column.kind == "time":
            return pandas.date_range("2015-01-01", periods=rows)
        if column.kind == "words":
            words = [*column.values, "other"] if len(column.values) == 1 else list(column.values)
            return [words[number % len(words)] for number in range(rows)]
        if name in self.tables.labels:
            labels = self._labels(rows)
            return [f"class_{label}" for label in labels] if column.kind == "text" else labels
        if column.kind == "text":
            return [SENTENCES[number % len(SENTENCES)] for number in range(rows)]
        return usual

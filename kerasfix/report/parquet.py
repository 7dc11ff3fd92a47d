"""`--output-format parquet`: the objects of `json` as rows of a Parquet file, written as they come."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import click

from kerasfix.report import Placed
from kerasfix.report.json import as_object

_GROUP = 20_000
"""Rows that are held until they are written together."""


class ParquetWriter:
    """Writes findings into a Parquet file; to be used as a context manager."""

    def __init__(self, file: Path) -> None:
        try:
            import pyarrow as arrow
            from pyarrow import parquet
        except ImportError:
            raise click.ClickException(
                "--output-format parquet needs PyArrow: pip install 'kerasfix[parquet]'"
            ) from None
        location = arrow.struct({"row": arrow.int64(), "column": arrow.int64()})
        edit = arrow.struct(
            {"content": arrow.string(), "cell": arrow.int64(), "location": location, "end_location": location}
        )
        text = arrow.string()
        fix = arrow.struct({"applicability": text, "message": text, "edits": arrow.list_(edit)})
        table = arrow.struct({"filename": text, "row": arrow.int64()})
        self._schema = arrow.schema(
            {
                **dict.fromkeys(("code", "name", "message", "filename"), text),
                "table": table,
                "cell": arrow.int64(),
                "location": location,
                "end_location": location,
                **dict.fromkeys(("severity", "url"), text),
                "fix": fix,
            }
        )
        self._make = arrow.Table.from_pylist
        self._waiting: list[dict[str, Any]] = []
        self._writer = parquet.ParquetWriter(file, self._schema)

    def write(self, findings: Sequence[Placed]) -> None:
        """Add findings."""
        self._waiting += (_writable(as_object(placed)) for placed in findings)
        if len(self._waiting) >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(self._make(self._waiting, schema=self._schema))
        self._waiting = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        self._writer.close()


def _writable(value: Any) -> Any:
    """The same without what Unicode has no bytes for: names of files may hold it."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {key: _writable(item) for key, item in value.items()}
    return [_writable(item) for item in value] if isinstance(value, list) else value

"""Parquet and Arrow tables with a program in each row: the form in which collections of code come.

A table is read batch by batch, and only its two columns, so it may be larger than memory.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from kerasfix.source.document import Row, UnreadableFile

_CONTENT = ("content", "code", "text")
"""The columns that hold the programs in the collections there are, the most exact name first."""
_PATH = ("path", "max_stars_repo_path", "file_path", "filepath", "filename")
_BATCH = 64
"""Rows that are held at once: those of code collections can be megabytes each."""


class Columns(NamedTuple):
    """The columns that hold the programs and their paths; None: the usual names are tried."""

    content: str | None = None
    path: str | None = None


def rows(table: Path, shown: str, columns: Columns) -> Iterator[Row | None]:
    """The rows of a table, which is called `shown` in their names; None for those without content.

    Raises:
        UnreadableFile: it is no such table, has no such column, or is broken further on.
        OSError: it cannot be opened.
    """
    try:
        import pyarrow as arrow
        import pyarrow.compute
    except ImportError:
        raise UnreadableFile("reading tables needs PyArrow: pip install 'kerasfix[parquet]'") from None
    number = 0
    try:
        with ExitStack() as stack:
            schema, batches = _opened(table, stack)
            content, path = _chosen(schema.names, columns)
            for batch in batches(list({content, path or content})):
                programs = _values(batch, content)
                paths = _values(batch, path) if path else [None] * len(programs)
                decoded = "string" in str(schema.field(content).type)
                for program, name in zip(programs, paths, strict=True):
                    own = (name or b"").decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
                    yield None if program is None else Row(shown, number, own, program, decoded)
                    number += 1
    except (arrow.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = str(error).splitlines()[0]
        where = f"broken behind row {number - 1}" if number else "not a table in the format of its suffix"
        raise UnreadableFile(f"{where}: {reason}") from None


def _opened(table: Path, stack: ExitStack) -> tuple[Any, Any]:
    """The schema of a table, and what gives its batches with some columns."""
    if table.suffix.lower() == ".parquet":
        from pyarrow.parquet import ParquetFile

        file = stack.enter_context(ParquetFile(table))
        return file.schema_arrow, lambda names: file.iter_batches(_BATCH, columns=names)
    import pyarrow as arrow

    mapped = stack.enter_context(arrow.memory_map(str(table)))
    try:
        reader = arrow.ipc.open_file(mapped)
        whole = (reader.get_batch(number) for number in range(reader.num_record_batches))
    except arrow.ArrowInvalid:  # a stream, as the `datasets` library caches them
        mapped.seek(0)
        reader = whole = arrow.ipc.open_stream(mapped)
    return reader.schema, lambda names: (
        batch.select(names).slice(start, _BATCH)
        for batch in whole
        for start in range(0, batch.num_rows, _BATCH)
    )


def _chosen(names: list[str], columns: Columns) -> tuple[str, str | None]:
    """The columns with the programs and their paths; the latter may be missing unless it was named."""
    for option, name in (("content", columns.content), ("path", columns.path)):
        if name is not None and name not in names:
            raise UnreadableFile(
                f"there is no column `{name}` (--{option}-column); there are: {', '.join(names)}"
            )
    content = columns.content or next((name for name in _CONTENT if name in names), None)
    if content is None:
        raise UnreadableFile(
            "no column is called `content`, `code` or `text`; name the one that holds the programs with "
            f"--content-column; there are: {', '.join(names)}"
        )
    return content, columns.path or next((name for name in _PATH if name in names), None)


def _values(batch: Any, column: str) -> list[bytes | None]:
    """A column as bytes: Arrow does not make sure that text is valid UTF-8."""
    import pyarrow as arrow

    kind = batch.schema.field(column).type
    try:
        values: list[bytes | None] = batch.column(column).cast(arrow.large_binary()).to_pylist()
    except (arrow.ArrowNotImplementedError, arrow.ArrowInvalid):
        raise UnreadableFile(f"the column `{column}` holds {kind}, neither text nor bytes") from None
    return values

"""Tables with a program in each row: which of the rows are worth a closer look."""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from kerasfix.checker import Job, check_file
from kerasfix.files import shown
from kerasfix.report.summary import plural
from kerasfix.source import UnreadableFile
from kerasfix.source.tables import Columns, rows

if TYPE_CHECKING:
    from kerasfix.commands.file_loop import FileLoop


def pending_rows(loop: "FileLoop", table: Path) -> Iterator[Job]:
    """The rows of a table that a glance is not enough for; says what is wrong with the table and other rows.

    As in a folder, rows are left out whose path is not that of a script or notebook (`include`).
    """
    request = loop.request
    name, settings, empty = shown(table), request.resolver.settings(table.parent), 0
    if request.mode.fix or request.write_baseline:
        request.console.error(
            f"{name}: tables are only checked: they are not fixed, and have no baseline. The edits of the fixes are in "
            "the output formats `json-lines` and `parquet`"
        )
        return
    try:
        for row in rows(table, name, Columns(request.content_column, request.path_column)):
            if row is None:
                empty += 1
                continue
            path = _path(table, row.path)
            if row.path and not settings.includes(path):
                continue
            checked = check_file(path, row.name, settings, request.mode, row, glance=True)
            if checked.pending:
                yield path, row.name, settings, row
            else:
                loop.tell(checked)
    except UnreadableFile as error:
        request.console.error(f"{name}: {error}")
    except OSError as error:
        request.console.error(f"{name}: cannot be read: {error.strerror or error}")
    if empty:
        request.console.warning(f"{name}: {plural(empty, 'row')} without content")


def _path(table: Path, path: str) -> Path:
    """Where a row lies, for patterns: in a folder that the table stands for. Nothing is read or written there."""
    inner = PurePath(path)
    return table.joinpath(*(part for part in inner.parts if part not in {inner.anchor, ".."}))

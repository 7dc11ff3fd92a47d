"""Findings of files that have not changed, kept in a folder: neither parsed nor traced again.

One file for each checked file holds its findings, and a key over all they depend on: the bytes and the path, the
settings, kerasfix itself and the rules of plugins. What does not fit, cannot be read, or is something else is ignored.
"""

import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasfix import __version__, storage
from kerasfix.light import dataclass

if TYPE_CHECKING:
    from kerasfix.checker import Mode
    from kerasfix.config import Settings
    from kerasfix.finding import Finding

_SHAPING = (
    "selections", "per_file_ignores", "fixable", "unfixable", "extend_safe_fixes", "extend_unsafe_fixes",
)  # fmt: skip
"""The settings that findings depend on."""

Found = list[tuple[int, "Finding"]]
"""Findings, each with the number of its source in the document."""


@dataclass
class Cache:
    """The findings kept in a folder, of this kerasfix."""

    folder: Path

    def entry(self, path: Path, data: bytes, settings: "Settings", mode: "Mode") -> "Entry":
        """What is kept of a file."""
        import hashlib  # not imported where no file mentions Keras

        shaping = [getattr(settings, name) for name in _SHAPING]
        parts = (self._code, str(path), repr(shaping), repr(mode.ignore_noqa))
        key = hashlib.blake2b(data, digest_size=16)
        for part in parts:
            key.update(part.encode("utf-8", "surrogatepass") + b"\0")
        name = hashlib.blake2b(str(path).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return Entry(self.folder, f"{self.folder}{os.sep}{__version__}{os.sep}{name}.json", key.hexdigest())

    @cached_property
    def _code(self) -> str:
        """What tells this kerasfix, and the plugins it has, from any other."""
        import hashlib

        from kerasfix.registry import plugin_files

        package = Path(__file__).parent
        stamps = sorted(_stamps([package, package.parent / "rules", package / "rules"]))
        stamps += [f"{path}:{path.stat().st_mtime_ns}" for path in plugin_files()]
        return f"{__version__} {hashlib.blake2b(''.join(stamps).encode(), digest_size=16).hexdigest()}"


def _stamps(folders: Iterable[Path]) -> Iterable[str]:
    """The times and sizes of source files: in a checkout they change without a new version."""
    pending = [str(folder) for folder in folders]
    while pending:
        try:
            entries = list(os.scandir(pending.pop()))
        except OSError:
            continue
        for entry in entries:
            if entry.name.endswith((".py", ".json")):
                stat = entry.stat()
                yield f"{entry.path}:{stat.st_mtime_ns}:{stat.st_size};"
            elif "." not in entry.name and entry.name != "__pycache__":
                pending.append(entry.path)


@dataclass
class Entry:
    """The place of one file's findings."""

    folder: Path
    file: str
    key: str

    def read(self) -> Found | None:
        """The findings, if they are there and still hold."""
        kept = storage.read(self.file)
        try:
            if kept["key"] != self.key:
                return None
            return [(number, _finding(value)) for number, value in kept["findings"]]
        except (ValueError, TypeError, KeyError, AttributeError):
            return None

    def write(self, found: Found) -> None:
        """Keep findings."""
        kept = {"key": self.key, "findings": [(number, _plain(finding)) for number, finding in found]}
        storage.write(self.folder, self.file, kept)


def _plain(finding: "Finding") -> dict[str, Any]:
    return {
        **{name: getattr(finding, name) for name in ("code", "name", "message", "start", "end", "severity")},
        "notes": [(note.message, note.start, note.end) for note in finding.notes],
        "fixes": [
            (
                fix.title,
                [(edit.start, edit.end, edit.content, edit.mergeable) for edit in fix.edits],
                fix.applicability,
            )
            for fix in finding.fixes
        ],
    }


def _finding(value: dict[str, Any]) -> "Finding":
    from kerasfix.finding import Applicability, Edit, Finding, Fix, Note, Severity

    return Finding(
        **{
            **value,
            "severity": Severity(value["severity"]),
            "notes": tuple(Note(*note) for note in value["notes"]),
            "fixes": tuple(
                Fix(title, tuple(Edit(*edit) for edit in edits), Applicability(applicability))
                for title, edits, applicability in value["fixes"]
            ),
        }
    )

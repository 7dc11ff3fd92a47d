"""Baselines: the findings a project already has, counted by file and rule, so that only new ones are shown.

A baseline does not know lines by number, which change all the time. Of the lines it keeps a hash, only to tell which
findings are the new ones where there are more of a kind than it holds.
"""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasfix.config import ConfigError, Resolver
from kerasfix.files import shown
from kerasfix.light import dataclass, field
from kerasfix.report.summary import plural

if TYPE_CHECKING:
    from kerasfix.report import Placed

DEFAULT_FILE = "kerasfix-baseline.json"
_VERSION = 1

Lines = list[str]
"""The hashes of the lines on which one rule found something in one file: as many as findings."""


@dataclass
class Baseline:
    """One file of known findings: by path (relative to it, with slashes) and code."""

    file: Path
    known: dict[str, dict[str, Lines]] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> "Baseline":
        """The baseline of a file.

        Raises:
            ConfigError: there is none, or it is something else.
        """
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            if data["version"] != _VERSION:
                raise ConfigError(
                    f"{shown(file)}: this baseline has version {data['version']}, and this kerasfix reads version "
                    f"{_VERSION}; write it again with `--write-baseline`"
                )
            known = {
                path: {code: _lines(entry) for code, entry in codes.items()}
                for path, codes in data["files"].items()
            }
        except FileNotFoundError:
            raise ConfigError(
                f"{shown(file)}: there is no such baseline; make it with `--write-baseline`"
            ) from None
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"{shown(file)}: this is no baseline of kerasfix ({error}); write it again with `--write-baseline`"
            ) from None
        return cls(file, known)

    def write(self) -> None:
        """Write the file, in an order that makes small differences."""
        files = {
            path: {
                code: {"count": len(lines), "lines": sorted(lines)} for code, lines in sorted(codes.items())
            }
            for path, codes in sorted(self.known.items())
            if codes
        }
        text = json.dumps({"version": _VERSION, "files": files}, indent=2, ensure_ascii=False)
        self.file.write_text(f"{text}\n", encoding="utf-8")

    def name(self, path: Path) -> str:
        """An absolute path as it stands in this baseline."""
        return Path(os.path.relpath(path, self.file.parent)).as_posix()

    def path(self, name: str) -> Path:
        """The absolute path that a name in this baseline stands for."""
        return Path(os.path.normpath(self.file.parent / name))


def _lines(entry: dict[str, Any]) -> Lines:
    """A list as long as the count; where a hand has raised the count it is filled up with what fits no line."""
    count, lines = entry["count"], entry["lines"]
    if not isinstance(count, int) or not isinstance(lines, list):
        raise TypeError("a count and a list of lines are needed")
    return [*lines, *[""] * count][:count]


@dataclass
class Baselines:
    """The baselines of a run: each file is held against the one that its settings name."""

    resolver: Resolver
    arguments: Sequence[Path]
    """The files and folders that were checked, absolute."""
    _read: dict[Path, Baseline] = field(default_factory=dict)

    def new(self, findings: "Sequence[Placed]") -> "tuple[list[Placed], list[str]]":
        """The findings that no baseline holds, in their order, and what there is to say about the others."""
        groups: dict[tuple[Path | None, Path, str], list[Placed]] = defaultdict(list)
        for placed in findings:
            path = _path(placed)
            groups[self._file(path), path, placed.finding.code].append(placed)
        unknown: set[int] = set()
        silent: Counter[Path] = Counter()
        for (file, path, code), group in groups.items():
            new = group
            if file is not None:
                baseline = self._baseline(file)
                new = _unknown(group, baseline.known.get(baseline.name(path), {}).get(code, []))
                silent[file] += len(group) - len(new)
            unknown.update(map(id, new))
        if (own := self._file(self._here)) is not None:
            self._baseline(own)
        found = {(path, code): len(group) for (_, path, code), group in groups.items()}
        remarks = []
        for file, baseline in sorted(self._read.items()):
            if count := silent[file]:
                remarks.append(f"{plural(count, 'known finding')} of {shown(file)} not shown.")
            if gone := self._gone(baseline, found):
                remarks.append(
                    f"{plural(gone, 'finding')} of {shown(file)} {'is' if gone == 1 else 'are'} gone: "
                    "write it again with `--write-baseline`."
                )
        return [placed for placed in findings if id(placed) in unknown], remarks

    def write(self, findings: "Iterable[Placed]") -> str:
        """Write what was found into the baselines, and say so; what they hold of other files and rules stays."""
        written: dict[Path, Baseline] = {}

        def baseline(file: Path) -> Baseline:
            if file not in written:
                written[file] = self._baseline(file) if file.exists() else Baseline(file)
                self._forget(written[file])
            return written[file]

        default = Path.cwd() / DEFAULT_FILE
        baseline(self._file(self._here) or default)
        total = 0
        paths = set()
        for placed in findings:
            path = _path(placed)
            one = baseline(self._file(path) or default)
            one.known.setdefault(one.name(path), {}).setdefault(placed.finding.code, []).append(_hash(placed))
            total += 1
            paths.add(path)
        for one in written.values():
            one.write()
        names = " and ".join(shown(file) for file in sorted(written))
        said = f"Wrote {plural(total, 'finding')} in {plural(len(paths), 'file')} to {names}."
        if default in written and self._file(self._here) is None:
            said += f' Use it with `--baseline {DEFAULT_FILE}`, or set `baseline = "{DEFAULT_FILE}"`.'
        return said

    @property
    def _here(self) -> Path:
        """A file that has the settings of the current folder."""
        return Path.cwd() / "_"

    def _file(self, path: Path) -> Path | None:
        return self.resolver.settings(path.parent).baseline

    def _baseline(self, file: Path) -> Baseline:
        if file not in self._read:
            self._read[file] = Baseline.read(file)
        return self._read[file]

    def _looked_for(self, path: Path) -> set[str]:
        """The codes of the rules that this run has looked for in a file; of others nothing can be said."""
        return {rule.code for rule in self.resolver.settings(path.parent).rules_for(path)}

    def _was_checked(self, path: Path) -> bool:
        """Whether a file was checked, or would have been if it were still there."""
        return any(argument in (path, *path.parents) for argument in self.arguments)

    def _gone(self, baseline: Baseline, found: dict[tuple[Path, str], int]) -> int:
        """How many findings a baseline holds that are no more."""
        gone = 0
        for name, codes in baseline.known.items():
            path = baseline.path(name)
            if self._was_checked(path):
                looked_for = self._looked_for(path) if path.exists() else codes
                gone += sum(
                    max(0, len(lines) - found.get((path, code), 0))
                    for code, lines in codes.items()
                    if code in looked_for
                )
        return gone

    def _forget(self, baseline: Baseline) -> None:
        """Drop what this run has seen anew, and files that are gone."""
        for name, codes in list(baseline.known.items()):
            path = baseline.path(name)
            if not path.exists():
                del baseline.known[name]
            elif self._was_checked(path):
                looked_for = self._looked_for(path)
                baseline.known[name] = {
                    code: lines for code, lines in codes.items() if code not in looked_for
                }


def _unknown(group: "list[Placed]", lines: Lines) -> "list[Placed]":
    """The findings of a kind that are new: none while there are no more than known, else those on other lines."""
    if len(group) <= len(lines):
        return []
    known = Counter(lines)
    new = []
    for placed in group:
        line = _hash(placed)
        if known[line]:
            known[line] -= 1
        else:
            new.append(placed)
    return new


def _hash(placed: "Placed") -> str:
    line = placed.source.line(placed.source.row_column(placed.finding.start)[0])
    return sha256(line.strip().encode()).hexdigest()[:8]


def _path(placed: "Placed") -> Path:
    return Path.cwd() / placed.document.path

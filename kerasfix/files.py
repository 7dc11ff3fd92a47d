"""Which files are checked: the arguments, what lies under folders, excludes and `.gitignore`."""

import os
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kerasfix.config import ConfigError, Resolver
from kerasfix.light import dataclass, field

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


@dataclass
class Files:
    """The files to check, in order, and the arguments of which there is nothing to check."""

    paths: list[Path] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def find_files(
    arguments: Iterable[Path],
    resolver: Resolver,
    *,
    force_exclude: bool = False,
    respect_gitignore: bool = True,
) -> Files:
    """The files that arguments stand for: themselves, or what `include` matches under a folder.

    A file is listed once, whatever its names: links to it are left out where it is itself listed. Links to
    folders are followed only when they are arguments.

    Raises:
        ConfigError: a configuration file on the way is not valid.
    """
    found = Files()
    paths: dict[str, Path] = {}  # the real file: the name it is checked under
    for argument in arguments:
        path = Path(os.path.abspath(argument))  # noqa: PTH100 - no link is to be resolved
        if force_exclude and is_excluded(path, resolver):
            continue
        if path.is_dir():
            walker = _Walker(resolver, respect_gitignore, found.errors)
            for file, real, is_link in walker.walk(path, _ignores_above(path) if respect_gitignore else ()):
                if real not in paths or not is_link:
                    paths[real] = file
        elif path.exists():
            paths.setdefault(os.path.realpath(path), path)
        elif path.is_symlink():
            found.errors.append(f"{argument}: the link leads to {os.readlink(path)}, which does not exist")  # noqa: PTH115
        else:
            found.errors.append(f"{argument}: no such file or folder")
    found.paths = sorted(paths.values())
    return found


def spare(files: Iterable[Path], outputs: Iterable[Path]) -> None:
    """Make sure that no output takes the place of a file that it is about.

    Raises:
        ConfigError: one would.
    """
    written = {os.path.realpath(output) for output in outputs}
    for file in files if written else ():
        if os.path.realpath(file) in written:
            raise ConfigError(f"{shown(file)}: this file is checked, and would be overwritten by the output")


def shown(path: Path) -> str:
    """A path as people want to read it: relative to the current folder where it lies under it."""
    return str(path).removeprefix(os.getcwd().rstrip(os.sep) + os.sep)  # noqa: PTH109 - called for every file


@dataclass(frozen=True)
class _Ignore:
    """The patterns of one `.gitignore`."""

    folder: str
    lines: tuple[str, ...]

    def decides(self, path: str) -> bool | None:
        """Whether this file ignores (True) or keeps (False) a path; None where it does not speak of it."""
        decision: bool | None = self._spec.check_file(path[len(self.folder) + 1 :]).include
        return decision

    @cached_property
    def _spec(self) -> "GitIgnoreSpec":
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(self.lines)


@dataclass
class _Walker:
    resolver: Resolver
    respect_gitignore: bool
    errors: list[str]

    def walk(self, top: Path, ignores: tuple[_Ignore, ...]) -> Iterator[tuple[Path, str, bool]]:
        """The files to check under a folder, in order, each with its real path, and whether it is a link."""
        real_top, length = os.path.realpath(top), len(str(top))
        pending = [(top, ignores)]
        while pending:
            folder, ignores = pending.pop()
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError as error:
                self.errors.append(f"{shown(folder)}: {error.strerror or error}")
                continue
            settings = self.resolver.settings(folder)
            if self.respect_gitignore and (own := _ignore_file(folder)):
                ignores = (*ignores, own)
            folders = []
            for entry in entries:
                path = folder / entry.name
                if entry.is_dir(follow_symlinks=False):
                    if not settings.excludes(path, is_folder=True) and not _ignored(path, ignores, "/"):
                        folders.append((path, ignores))
                elif (
                    settings.includes(path)
                    and _is_file(entry)
                    and not settings.excludes(path)
                    and not _ignored(path, ignores)
                ):
                    is_link = entry.is_symlink()
                    yield path, os.path.realpath(path) if is_link else real_top + str(path)[length:], is_link
            pending += reversed(folders)


def _is_file(entry: "os.DirEntry[str]") -> bool:
    """Whether there is a file to read: not where a link leads nowhere, or to itself."""
    try:
        return entry.is_file()
    except OSError:
        return False


def _ignored(path: Path, ignores: tuple[_Ignore, ...], suffix: str = "") -> bool:
    """Whether `.gitignore` files leave a path out; the one nearest to it that speaks of it decides."""
    for ignore in reversed(ignores):
        if (decision := ignore.decides(path.as_posix() + suffix)) is not None:
            return decision
    return False


def _ignores_above(folder: Path) -> tuple[_Ignore, ...]:
    """The `.gitignore` files above a folder, up to the root of its repository, outermost first."""
    parents = [folder, *folder.parents]
    root = next((index for index, parent in enumerate(parents) if (parent / ".git").exists()), None)
    if root is None:
        return ()
    found = [_ignore_file(parents[root], ".git/info/exclude")]
    found += [_ignore_file(parent) for parent in reversed(parents[1 : root + 1])]
    return tuple(ignore for ignore in found if ignore)


def _ignore_file(folder: Path, name: str = ".gitignore") -> _Ignore | None:
    try:
        text = (folder / name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return _Ignore(folder.as_posix().rstrip("/"), tuple(text.splitlines()))


def is_excluded(path: Path, resolver: Resolver) -> bool:
    """Whether a path, or a folder above it up to the configuration's, is excluded."""
    settings = resolver.settings(path if path.is_dir() else path.parent)
    above = [
        parent for parent in path.parents if parent != settings.root and parent.is_relative_to(settings.root)
    ]
    return settings.excludes(path, path.is_dir()) or any(settings.excludes(parent, True) for parent in above)

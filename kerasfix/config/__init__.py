"""Settings: from `[tool.kerasfix]`, `kerasfix.toml` or `.kerasfix.toml`, and from the command line.

The closest configuration file above a checked file wins; files are merged only where one extends another.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasfix.light import dataclass, field

if TYPE_CHECKING:
    from kerasfix.rule import Rule

FILE_NAMES = (".kerasfix.toml", "kerasfix.toml", "pyproject.toml")
OUTPUT_FORMATS = (
    "full", "concise", "grouped", "json", "json-lines", "junit", "github", "gitlab", "sarif", "rdjson",
    "azure", "pylint",
)  # fmt: skip
BINARY_FORMATS = ("parquet",)
"""Formats that only a file can hold."""
DEFAULT_EXCLUDE = (
    ".bzr", ".direnv", ".eggs", ".git", ".git-rewrite", ".hg", ".ipynb_checkpoints", ".kerasfix_cache", ".mypy_cache",
    ".nox", ".pants.d", ".pyenv", ".pytest_cache", ".pytype", ".ruff_cache", ".svn", ".tox", ".venv", ".vscode",
    "__pypackages__", "_build", "buck-out", "build", "dist", "node_modules", "site-packages", "venv",
)  # fmt: skip
DEFAULT_INCLUDE = ("*.py", "*.ipynb")


_PLAIN = re.compile(r"[^*?\[\]/!#\\\s]+")


class ConfigError(Exception):
    """A configuration that cannot be used; the message names the place, the key and what to write instead."""


@dataclass(frozen=True)
class Selection:
    """One layer of rule selection. `select` None keeps what the layers below chose."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @property
    def selectors(self) -> tuple[str, ...]:
        """Every selector of this layer."""
        return (self.select or ()) + self.extend_select + self.ignore


@dataclass(frozen=True)
class Patterns:
    """Patterns as in `.gitignore`, relative to a folder."""

    root: Path
    lines: tuple[str, ...]
    negated: bool = False
    """Whether they stand for the files that they do not match."""

    def match(self, path: Path, is_folder: bool = False) -> bool:
        """Whether an absolute path, itself, matches."""
        if path.name in self._names or path.name.endswith(self._endings):
            return True
        if self._spec is None or not path.is_relative_to(self.root):
            return False
        relative = path.relative_to(self.root).as_posix()
        return bool(self._spec.match_file(relative + "/" if is_folder else relative))

    @cached_property
    def _names(self) -> frozenset[str]:
        """Patterns that are plain names. These and plain endings are nearly all there are, and quick."""
        return frozenset(filter(_PLAIN.fullmatch, self.lines))

    @cached_property
    def _endings(self) -> tuple[str, ...]:
        """Patterns like `*.py`, without the star."""
        return tuple(line[1:] for line in self.lines if line[:1] == "*" and _PLAIN.fullmatch(line[1:]))

    @cached_property
    def _spec(self) -> Any:
        simple = self._names.union("*" + ending for ending in self._endings)
        special = [line for line in self.lines if line not in simple]
        if not special:
            return None
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(special)


@dataclass(frozen=True)
class Settings:
    """What holds for a file."""

    root: Path
    file: Path | None = None
    selections: tuple[Selection, ...] = ()
    per_file_ignores: tuple[tuple[Patterns, tuple[str, ...]], ...] = ()
    fixable: tuple[str, ...] = ("ALL",)
    unfixable: tuple[str, ...] = ()
    extend_safe_fixes: tuple[str, ...] = ()
    extend_unsafe_fixes: tuple[str, ...] = ()
    unsafe_fixes: bool = False
    exclude: Patterns = Patterns(Path("/"), DEFAULT_EXCLUDE)
    extend_exclude: tuple[Patterns, ...] = ()
    include: Patterns = Patterns(Path("/"), DEFAULT_INCLUDE)
    baseline: Path | None = None
    output_format: str = "full"
    docs_url: str | None = None

    @cached_property
    def rules(self) -> tuple["Rule", ...]:
        """The selected rules."""
        from kerasfix import registry

        chosen = registry.default_rules()
        for layer in self.selections:
            base = chosen if layer.select is None else ()
            chosen = registry.select((layer.select or ()) + layer.extend_select, layer.ignore, base)
        return chosen

    def rules_for(self, path: Path) -> tuple["Rule", ...]:
        """The selected rules, without those that `per-file-ignores` takes away for this file."""
        ignored = {
            code
            for patterns, selectors in self.per_file_ignores
            if patterns.match(path) != patterns.negated
            for code in _codes(selectors)
        }
        return tuple(rule for rule in self.rules if rule.code not in ignored) if ignored else self.rules

    @cached_property
    def unfixable_codes(self) -> frozenset[str]:
        """Rules whose fixes are never applied, nor offered."""
        if self.fixable == ("ALL",) and not self.unfixable:
            return frozenset()
        from kerasfix import registry

        allowed = {rule.code for rule in registry.select(self.fixable, self.unfixable)}
        return frozenset(rule.code for rule in registry.all_rules() if rule.code not in allowed)

    @cached_property
    def safe_codes(self) -> frozenset[str]:
        """Rules whose unsafe fixes count as safe."""
        return _codes(self.extend_safe_fixes)

    @cached_property
    def unsafe_codes(self) -> frozenset[str]:
        """Rules whose safe fixes count as unsafe."""
        return _codes(self.extend_unsafe_fixes)

    def excludes(self, path: Path, is_folder: bool = False) -> bool:
        """Whether `exclude` names this very path."""
        return any(patterns.match(path, is_folder) for patterns in (self.exclude, *self.extend_exclude))

    def includes(self, path: Path) -> bool:
        """Whether a file met in a folder is to be checked."""
        return self.include.match(path)

    def page_of(self, rule: str) -> str | None:
        """The address of a rule's page, by its name."""
        return f"{self.docs_url.rstrip('/')}/rules/{rule}/" if self.docs_url else None


def _codes(selectors: tuple[str, ...]) -> frozenset[str]:
    if not selectors:
        return frozenset()
    from kerasfix import registry

    return frozenset(rule.code for selector in selectors for rule in registry.matching(selector))


@dataclass
class Resolver:
    """Finds the settings of a folder, once for each."""

    layers: tuple[Mapping[str, Any], ...] = ()
    """Keys of a configuration file, checked, from the command line; they win over every file, the last one most."""
    config: Path | None = None
    isolated: bool = False
    _folders: dict[Path, Settings] = field(default_factory=dict)

    def settings(self, folder: Path) -> Settings:
        """The settings for files in an absolute folder.

        Raises:
            ConfigError: the configuration file that applies is not valid.
        """
        if folder not in self._folders:
            self._folders[folder] = self._find(folder)
        return self._folders[folder]

    def _find(self, folder: Path) -> Settings:
        if self.isolated or self.config:
            shared = next(iter(self._folders.values()), None)
            return shared or self._with_layers(
                self._load(self.config, Path.cwd()) if self.config else Settings(Path.cwd())
            )
        for name in FILE_NAMES:
            file = folder / name
            if file.is_file() and (name != "pyproject.toml" or _has_table(file)):
                return self._with_layers(self._load(file, folder))
        if folder.parent == folder:
            return self._with_layers(Settings(Path.cwd()))
        return self.settings(folder.parent)

    def _load(self, file: Path, root: Path) -> Settings:
        from kerasfix.config.file import load

        return load(file, root)

    def _with_layers(self, settings: Settings) -> Settings:
        for layer in self.layers:
            from kerasfix.config.file import applied

            settings = applied(layer, settings, Path.cwd())
        return settings


def check_selectors(selectors: Iterable[str], option: str, where: str = "") -> None:
    """Make sure that selectors name rules.

    Raises:
        ConfigError: one does not; the message names the option or key, behind `where` (the place in a file).
    """
    for selector in selectors:
        from kerasfix import registry

        try:
            registry.matching(selector)
        except LookupError:
            known = [
                *(rule.code for rule in registry.all_rules()),
                *(rule.name for rule in registry.all_rules()),
            ]
            raise ConfigError(
                f"{where}unknown rule selector `{selector}` in `{option}`{nearest(selector, known)} "
                "Selectors are a rule's code (`KF203`) or name (`missing-flatten`), the start of a code "
                "(`KF2`), or `ALL`; `kerasfix rule --all` lists the rules."
            ) from None


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean ...?`, or a full stop."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else "."


def _has_table(file: Path) -> bool:
    try:
        data = file.read_bytes()
    except OSError:
        return False
    if b"kerasfix" not in data:  # most projects: not worth importing a TOML parser
        return False
    import tomllib

    try:
        return "kerasfix" in tomllib.loads(data.decode("utf-8", "replace")).get("tool", {})
    except (tomllib.TOMLDecodeError, TypeError, AttributeError, RecursionError):
        return True  # `load` says what is wrong

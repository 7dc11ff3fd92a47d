"""Settings: from `[tool.kerasfix]`, `kerasfix.toml` or `.kerasfix.toml`, and from the command line.

The closest configuration file above a checked file wins; files are not merged.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasfix.rule import Rule

FILE_NAMES = (".kerasfix.toml", "kerasfix.toml", "pyproject.toml")
OUTPUT_FORMATS = (
    "full", "concise", "grouped", "json", "json-lines", "junit", "github", "gitlab", "sarif", "rdjson",
    "azure", "pylint",
)  # fmt: skip
DEFAULT_EXCLUDE = (
    ".bzr", ".direnv", ".eggs", ".git", ".git-rewrite", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox",
    ".pants.d", ".pyenv", ".pytest_cache", ".pytype", ".ruff_cache", ".svn", ".tox", ".venv", ".vscode",
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
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    fixable: tuple[str, ...] = ("ALL",)
    unfixable: tuple[str, ...] = ()
    extend_safe_fixes: tuple[str, ...] = ()
    extend_unsafe_fixes: tuple[str, ...] = ()
    unsafe_fixes: bool = False
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = DEFAULT_INCLUDE
    output_format: str = "full"
    cli_exclude: Patterns | None = None
    """What `--extend-exclude` adds; relative to the current folder, not to `root`."""

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
            for pattern, selectors in self.per_file_ignores
            if Patterns(self.root, (pattern,)).match(path)
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

    @cached_property
    def _excluded(self) -> Patterns:
        return Patterns(self.root, self.exclude + self.extend_exclude)

    @cached_property
    def _included(self) -> Patterns:
        return Patterns(self.root, self.include)

    def excludes(self, path: Path, is_folder: bool = False) -> bool:
        """Whether `exclude` names this very path."""
        return self._excluded.match(path, is_folder) or (
            self.cli_exclude is not None and self.cli_exclude.match(path, is_folder)
        )

    def includes(self, path: Path) -> bool:
        """Whether a file met in a folder is to be checked."""
        return self._included.match(path)


def _codes(selectors: tuple[str, ...]) -> frozenset[str]:
    if not selectors:
        return frozenset()
    from kerasfix import registry

    return frozenset(rule.code for selector in selectors for rule in registry.matching(selector))


@dataclass
class Resolver:
    """Finds the settings of a folder, once for each."""

    overrides: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `Settings` from the command line; they win over every file."""
    selection: Selection | None = None
    """The layer of rule selection from the command line."""
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
            return shared or self._with_overrides(
                load(self.config, Path.cwd()) if self.config else Settings(Path.cwd())
            )
        for name in FILE_NAMES:
            file = folder / name
            if file.is_file() and (name != "pyproject.toml" or _has_table(file)):
                return self._with_overrides(load(file, folder))
        if folder.parent == folder:
            return self._with_overrides(Settings(Path.cwd()))
        return self.settings(folder.parent)

    def _with_overrides(self, settings: Settings) -> Settings:
        settings = replace(settings, **self.overrides)
        return (
            replace(settings, selections=(*settings.selections, self.selection))
            if self.selection
            else settings
        )


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
                f"{where}unknown rule selector `{selector}` in `{option}`{_nearest(selector, known)} "
                "Selectors are a rule's code (`KF203`) or name (`missing-flatten`), the start of a code "
                "(`KF2`), or `ALL`; `kerasfix rule --all` lists the rules."
            ) from None


# Configuration files: what each key must hold. The names of the kinds stand in messages.
_STRINGS, _BOOLEAN, _STRING, _TABLE = (
    "a list of strings",
    "true or false",
    "a string",
    "a table of lists of strings",
)
_KEYS = {
    "select": _STRINGS,
    "extend-select": _STRINGS,
    "ignore": _STRINGS,
    "per-file-ignores": _TABLE,
    "fixable": _STRINGS,
    "unfixable": _STRINGS,
    "extend-safe-fixes": _STRINGS,
    "extend-unsafe-fixes": _STRINGS,
    "unsafe-fixes": _BOOLEAN,
    "include": _STRINGS,
    "exclude": _STRINGS,
    "extend-exclude": _STRINGS,
    "output-format": _STRING,
    "required-version": _STRING,
}
_SELECTORS = (
    "select",
    "extend-select",
    "ignore",
    "fixable",
    "unfixable",
    "extend-safe-fixes",
    "extend-unsafe-fixes",
)


def load(file: Path, root: Path) -> Settings:
    """The settings of one configuration file, with patterns relative to `root`.

    Raises:
        ConfigError: the file cannot be read, or holds something that is not a valid setting.
    """
    import tomllib

    try:
        text = file.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: not valid UTF-8; TOML files must be") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from None
    if file.name == "pyproject.toml":
        data = data.get("tool", {}).get("kerasfix", {})
    _validate(data, file, text)
    values = {key: _frozen(value) for key, value in data.items()}
    selection = Selection(
        values.pop("select", None), values.pop("extend-select", ()), values.pop("ignore", ())
    )
    values.pop("required-version", None)
    return Settings(
        root, file, (selection,), **{key.replace("-", "_"): value for key, value in values.items()}
    )


def _validate(data: dict[str, Any], file: Path, text: str) -> None:
    def at(key: str) -> str:
        line = _line_of(text, key)
        return f"{file}:{line}" if line else str(file)

    for key, value in data.items():
        if key not in _KEYS:
            raise ConfigError(
                f"{at(key)}: unknown key `{key}`{_nearest(key, _KEYS)} "
                f"Known keys: {', '.join(sorted(_KEYS))}."
            )
        if not _is(value, _KEYS[key]):
            raise ConfigError(f"{at(key)}: `{key}` must be {_KEYS[key]}, not {value!r}.")
        if key in _SELECTORS:
            check_selectors(value, key, f"{at(key)}: ")
        if key == "per-file-ignores":
            for pattern, selectors in value.items():
                check_selectors(selectors, key, f"{at(pattern)}: ")
        if key == "output-format" and value not in OUTPUT_FORMATS:
            raise ConfigError(
                f"{at(key)}: unknown output format `{value}`{_nearest(value, OUTPUT_FORMATS)} "
                f"There are: {', '.join(OUTPUT_FORMATS)}."
            )
        if key == "required-version":
            _check_version(value, at(key))


def _is(value: Any, kind: str) -> bool:
    match kind:
        case "true or false":
            return isinstance(value, bool)
        case "a string":
            return isinstance(value, str)
        case "a list of strings":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case _:
            return isinstance(value, dict) and all(_is(item, _STRINGS) for item in value.values())


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dict):
        return tuple((key, tuple(item)) for key, item in value.items())
    return value


def _line_of(text: str, key: str) -> int | None:
    """The line of a key of ours, from 1: the TOML parser does not tell."""
    table = re.search(r"^\s*\[\s*tool\s*\.\s*kerasfix\b", text, re.MULTILINE)
    name = rf"[\"']?{re.escape(key)}[\"']?"
    found = re.compile(rf"^\s*(?:{name}\s*[=.]|\[[^\]\n]*\b{name}\s*\])", re.MULTILINE).search(
        text, table.start() if table else 0
    )
    return text.count("\n", 0, found.end()) + 1 if found else None


def _nearest(word: str, known: Iterable[str]) -> str:
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
    except tomllib.TOMLDecodeError:
        return True  # `load` says what is wrong


def _check_version(required: str, where: str) -> None:
    """Compare this version with `0.2.0`, `>=0.2,<1` and the like."""
    from kerasfix import __version__

    ours = _release(__version__)
    for clause in required.split(","):
        found = re.fullmatch(r"\s*(==|!=|>=|<=|>|<|)\s*(\d+(?:\.\d+)*)\s*", clause)
        if not found:
            raise ConfigError(f"{where}: `required-version` must be like `>=0.1,<1`, not {required!r}.")
        operator, theirs = found[1] or "==", _release(found[2])
        holds = {
            "==": ours == theirs, "!=": ours != theirs, ">=": ours >= theirs,
            "<=": ours <= theirs, ">": ours > theirs, "<": ours < theirs,
        }[operator]  # fmt: skip
        if not holds:
            raise ConfigError(
                f"{where}: this project requires kerasfix {required}, but this is {__version__}."
            )


def _release(version: str) -> tuple[int, ...]:
    """The numbers of a version, without the zeros at its end."""
    numbers = [int(number) for number in re.findall(r"\d+", version)]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)

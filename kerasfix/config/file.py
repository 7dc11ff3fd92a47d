"""Configuration files, and pieces of them on the command line: read, checked, and laid over settings."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kerasfix.config import (
    OUTPUT_FORMATS,
    ConfigError,
    Patterns,
    Selection,
    Settings,
    check_selectors,
    nearest,
)
from kerasfix.config.keys import KEYS, Kind


def load(file: Path, root: Path, above: tuple[Path, ...] = ()) -> Settings:
    """The settings of one configuration file and those that it extends, with patterns relative to `root`.

    `above` are the files that led to this one.

    Raises:
        ConfigError: a file cannot be read, or holds something that is not a valid setting.
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
    except RecursionError:
        raise ConfigError(f"{file}: nested too deeply") from None
    if file.name == "pyproject.toml":
        for table in ("tool", "kerasfix"):
            data = data.get(table, {})
            if not isinstance(data, dict):
                raise ConfigError(f"{file}: `{table}` must be a table, as in `[tool.kerasfix]`")

    def at(key: str) -> str:
        line = _line_of(text, key)
        return f"{file}:{line}: " if line else f"{file}: "

    validate(data, at)
    settings = Settings(root)
    if "extend" in data:
        other = Path(os.path.normpath(file.parent / _expanded(data["extend"])))
        if other in (file, *above):
            raise ConfigError(f"{at('extend')}{other} extends itself")
        if not other.is_file():
            raise ConfigError(f"{at('extend')}there is no file {other} to extend")
        settings = load(other, other.parent, (file, *above))
    return replace(applied(data, settings, root), root=root, file=file)


def parse_pair(text: str) -> dict[str, Any]:
    """The keys of `--config 'KEY = VALUE'`.

    Raises:
        ConfigError: it is no TOML, or holds something that is not a valid setting.
    """
    import tomllib

    where = f"--config {text!r}: "
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{where}this is neither a configuration file nor a setting, as in `--config 'select = [\"KF2\"]'` "
            f"or `--config 'output-format = \"concise\"'` (not valid TOML: {error})"
        ) from None
    if "extend" in data:
        raise ConfigError(f"{where}`extend` belongs in a configuration file; to use one, give its name")
    validate(data, lambda _: where)
    return data


def applied(data: Mapping[str, Any], settings: Settings, root: Path) -> Settings:
    """Settings with the keys of a checked table laid over them; patterns and paths in it are relative to `root`."""
    changes: dict[str, Any] = {}
    for key, value in data.items():
        name = key.replace("-", "_")
        match key:
            case "select" | "extend-select" | "ignore" | "extend" | "required-version":
                pass
            case "per-file-ignores" | "extend-per-file-ignores":
                own = _per_file(data.get("per-file-ignores", {}), root)
                base = own if "per-file-ignores" in data else settings.per_file_ignores
                more = _per_file(data.get("extend-per-file-ignores", {}), root)
                changes["per_file_ignores"] = base + more
            case "include" | "exclude":
                changes[name] = Patterns(root, tuple(value))
            case "extend-exclude":
                changes[name] = (*settings.extend_exclude, Patterns(root, tuple(value)))
            case "extend-safe-fixes" | "extend-unsafe-fixes":
                changes[name] = (*getattr(settings, name), *value)
            case "baseline":
                changes[name] = root / _expanded(value)
            case _:
                changes[name] = tuple(value) if isinstance(value, list) else value
    layer = Selection(
        tuple(data["select"]) if "select" in data else None,
        tuple(data.get("extend-select", ())),
        tuple(data.get("ignore", ())),
    )
    return replace(settings, selections=(*settings.selections, layer), **changes)


def _per_file(table: Mapping[str, Any], root: Path) -> tuple[tuple[Patterns, tuple[str, ...]], ...]:
    """A table of `per-file-ignores`, with the patterns relative to a folder."""
    return tuple(
        (Patterns(root, (pattern.removeprefix("!"),), negated=pattern.startswith("!")), tuple(selectors))
        for pattern, selectors in table.items()
    )


def validate(data: Mapping[str, Any], at: Callable[[str], str]) -> None:
    """Make sure that a table holds known keys with values that make sense; `at` tells where a key stands.

    Raises:
        ConfigError: it does not.
    """
    for key, value in data.items():
        if key not in KEYS:
            raise ConfigError(
                f"{at(key)}unknown key `{key}`{nearest(key, KEYS)} Known keys: {', '.join(sorted(KEYS))}. "
                "`kerasfix config KEY` explains one."
            )
        kind = KEYS[key].kind
        if not kind.allows(value):
            raise ConfigError(
                f"{at(key)}`{key}` must be {kind}, not {value!r}. It looks like this: {KEYS[key].example}"
            )
        if kind is Kind.SELECTORS:
            check_selectors(value, key, at(key))
        if kind is Kind.PER_FILE:
            for pattern, selectors in value.items():
                check_selectors(selectors, key, at(pattern))
        if key == "output-format" and value not in OUTPUT_FORMATS:
            raise ConfigError(
                f"{at(key)}unknown output format `{value}`{nearest(value, OUTPUT_FORMATS)} "
                f"There are: {', '.join(OUTPUT_FORMATS)}."
            )
        if key == "required-version":
            _check_version(value, at(key))


def _expanded(path: str | Path) -> Path:
    return Path(os.path.expandvars(path)).expanduser()


def _line_of(text: str, key: str) -> int | None:
    """The line of a key of ours, from 1: the TOML parser does not tell."""
    table = re.search(r"^\s*\[\s*tool\s*\.\s*kerasfix\b", text, re.MULTILINE)
    name = rf"[\"']?{re.escape(key)}[\"']?"
    found = re.compile(rf"^\s*(?:{name}\s*[=.]|\[[^\]\n]*\b{name}\s*\])", re.MULTILINE).search(
        text, table.start() if table else 0
    )
    return text.count("\n", 0, found.end()) + 1 if found else None


def _check_version(required: str, where: str) -> None:
    """Compare this version with `0.2.0`, `>=0.2,<1` and the like."""
    from kerasfix import __version__

    ours = _release(__version__)
    for clause in required.split(","):
        found = re.fullmatch(r"\s*(==|!=|>=|<=|>|<|)\s*(\d+(?:\.\d+)*)\s*", clause)
        if not found:
            raise ConfigError(f"{where}`required-version` must be like `>=0.1,<1`, not {required!r}.")
        operator, theirs = found[1] or "==", _release(found[2])
        holds = {
            "==": ours == theirs, "!=": ours != theirs, ">=": ours >= theirs,
            "<=": ours <= theirs, ">": ours > theirs, "<": ours < theirs,
        }[operator]  # fmt: skip
        if not holds:
            raise ConfigError(f"{where}this project requires kerasfix {required}, but this is {__version__}.")


def _release(version: str) -> tuple[int, ...]:
    """The numbers of a version, without the zeros at its end."""
    numbers = [int(number) for number in re.findall(r"\d+", version)]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)

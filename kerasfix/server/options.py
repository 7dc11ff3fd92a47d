"""What the client sets, by workspace folder, and the settings that follow for a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from kerasfix.config import ConfigError, Resolver, Settings, check_selectors
from kerasfix.files import is_excluded

SECTION = "kerasfix"


@dataclass(frozen=True)
class InlayHints:
    """The shapes behind layers."""

    enable: bool = True
    maximum_length: int = 60
    """Longer hints end in `…`; 0 means no limit."""


@dataclass(frozen=True)
class CodeLens:
    """`verify this model`."""

    enable: bool = True


@dataclass(frozen=True)
class Hover:
    """What is shown under the mouse."""

    rules: bool = True
    values: bool = True


@dataclass(frozen=True)
class Verify:
    """How models are verified, as by `kerasfix verify`."""

    python: str | None = None
    device: Literal["auto", "cpu", "gpu"] = "auto"
    timeout: float = 120.0
    allow_unisolated: bool = False


@dataclass(frozen=True)
class Options:
    """The client's settings for a folder. In JSON their names are in camelCase: `inlayHints.maximumLength`."""

    enable: bool = True
    run: Literal["onType", "onSave"] = "onType"
    delay: float = 0.15
    """Seconds without typing before diagnostics are computed."""
    configuration: str | None = None
    """A configuration file to use in place of those found above a file."""
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    unsafe_fixes: bool | None = None
    inlay_hints: InlayHints = InlayHints()
    code_lens: CodeLens = CodeLens()
    hover: Hover = Hover()
    verify: Verify = Verify()


def read_options(data: object) -> tuple[Options, list[str]]:
    """The options in what a client sent, and what is wrong with it; wrong values count as not given."""
    problems: list[str] = []
    if isinstance(data, Mapping):
        data = data.get("settings", data)
    if isinstance(data, Mapping):
        data = data.get(SECTION, data)
    return _read(Options, data if isinstance(data, Mapping) else {}, SECTION, problems), problems


def _read(cls: Any, data: Mapping[str, Any], where: str, problems: list[str]) -> Any:
    known = {_camel(part.name): part for part in fields(cls)}
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key not in known:
            problems.append(f"unknown setting `{where}.{key}`; there are: {', '.join(known)}")
        elif value is not None:
            part = known[key]
            usual = getattr(cls, part.name)
            if is_dataclass(usual):
                if isinstance(value, Mapping):
                    values[part.name] = _read(type(usual), value, f"{where}.{key}", problems)
                    continue
            elif (valid := _valid(part.type, value)) is not None:
                values[part.name] = valid
                continue
            problems.append(f"`{where}.{key}` cannot be {value!r}")
    return cls(**values)


def _valid(kind: Any, value: object) -> object:
    """A value as the field wants it; None where it is of another kind."""
    choices = getattr(kind, "__args__", ())
    match value:
        case bool():
            return value if kind is bool or bool in choices else None
        case int() | float():
            return kind(value) if kind in (int, float) and value >= 0 else None
        case str():
            return value if value in choices or str in choices else None
        case list() if all(isinstance(item, str) for item in value):
            return tuple(value) if "tuple" in str(kind) else None
    return None


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


@dataclass
class Folder:
    """A workspace folder, or what lies outside all of them."""

    path: Path
    options: Options = Options()
    problem: str = ""
    """Why the settings that should hold do not."""
    _good: dict[Path, Settings] = field(default_factory=dict)
    """The last valid settings of each folder: a typing error in a configuration file stops nothing."""

    def change(self, options: Options) -> None:
        """Take new options."""
        self.options = options
        self.reload()

    def reload(self) -> None:
        """Forget what was read from configuration files."""
        self.__dict__.pop("resolver", None)
        self.problem = ""

    @cached_property
    def resolver(self) -> Resolver:
        """Finds the settings of files here."""
        options = self.options
        layer: dict[str, Any] = {}
        if options.unsafe_fixes is not None:
            layer["unsafe-fixes"] = options.unsafe_fixes
        selections = {
            "select": options.select,
            "extend-select": options.extend_select or None,
            "ignore": options.ignore or None,
        }
        for key, selectors in selections.items():
            if selectors is not None:
                check_selectors(selectors, f"{SECTION}.{_camel(key.replace('-', '_'))}")
                layer[key] = selectors
        config = self.path / options.configuration if options.configuration else None
        return Resolver((layer,) if layer else (), config)

    def settings(self, folder: Path) -> Settings:
        """The settings for files in a folder; while they are not valid, the last ones that were, or the defaults."""
        try:
            self._good[folder] = self.resolver.settings(folder)
        except ConfigError as error:
            self.problem = str(error)
        return self._good.get(folder) or self._usual

    def excludes(self, path: Path) -> bool:
        """Whether a file is not to be checked."""
        try:
            return is_excluded(path, self.resolver)
        except ConfigError:
            return False

    @cached_property
    def _usual(self) -> Settings:
        return Settings(self.path)

"""Which rules there are: the modules of `kerasfix.rules`, and those of other packages' entry points."""

import importlib
import json
import os
import pkgutil
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from kerasfix import __version__
from kerasfix.rule import DeferredRule, Rule

ENTRY_POINT_GROUP = "kerasfix.rules"


@cache
def all_rules() -> tuple[Rule, ...]:
    """All rules, ordered by code.

    Raises:
        ValueError: two rules have the same code or name.
    """
    found = _builtin() + _plugins()
    seen: dict[str, Rule] = {}
    for rule in found:
        for key in (rule.code, rule.name):
            if key in seen:
                raise ValueError(f"{rule.module} and {seen[key].module} are both called {key}")
            seen[key] = rule
    return tuple(sorted(found, key=lambda rule: rule.code))


def default_rules() -> tuple[Rule, ...]:
    """The rules that are on where nothing is selected."""
    return tuple(rule for rule in all_rules() if rule.default)


def rule_by_code_or_name(key: str) -> Rule | None:
    """The rule with this code (`KF203`) or name (`missing-flatten`)."""
    for rule in all_rules():
        if key.upper() == rule.code or key == rule.name:
            return rule
    return None


def matching(selector: str) -> tuple[Rule, ...]:
    """The rules that a selector names: `ALL`, the start of a code (`KF2`), a code or a name.

    `KF` stands for the rules that are on by default.

    Raises:
        LookupError: it names none; the argument is the selector.
    """
    matched = tuple(rule for rule in all_rules() if _specificity(rule, selector))
    if not matched and selector not in ("ALL", "KF"):
        raise LookupError(selector)
    return matched


def select(
    selectors: tuple[str, ...], ignored: tuple[str, ...] = (), base: tuple[Rule, ...] = ()
) -> tuple[Rule, ...]:
    """The rules of `base` and those that selectors name, without the ignored.

    Where several selectors name a rule the most exact decides, and `ignored` among equals.

    Raises:
        LookupError: a selector names no rule; its argument is that selector.
    """
    decided = {rule.code: (0, True) for rule in base}
    for wanted, names in ((True, selectors), (False, ignored)):
        for selector in names:
            for rule in matching(selector):
                exactness = _specificity(rule, selector)
                if exactness >= decided.get(rule.code, (0, wanted))[0]:
                    decided[rule.code] = (exactness, wanted)
    return tuple(rule for rule in all_rules() if decided.get(rule.code, (0, False))[1])


def _specificity(rule: Rule, selector: str) -> int:
    """How exactly a selector names a rule: 0 not at all, 1 `ALL`, then the length of the code's prefix."""
    if selector == "ALL":
        return 1
    if selector == "KF" and not rule.default:
        return 0
    if selector == rule.name:
        return len(rule.code) + 1
    return len(selector) if selector and rule.code.startswith(selector) else 0


def _builtin() -> list[Rule]:
    """The rules of this package; their files are not imported, since a clean script needs few of them."""
    package = importlib.import_module("kerasfix.rules")
    folder, index = package.__path__[0], _Index(package)
    rules: list[Rule] = []
    for module in pkgutil.iter_modules(package.__path__):
        name = f"{package.__name__}.{module.name}"
        rules.append(index.rule(name, f"{folder}{os.sep}{module.name}.py") or _load(name))
    index.keep()
    return rules


class _Index:
    """What the heads of the rules' files say, kept beside their byte code: all of them would be read on every start."""

    def __init__(self, package: ModuleType) -> None:
        cached = package.__spec__.cached if package.__spec__ else None
        self._file = f"{os.path.dirname(cached)}{os.sep}rules-{__version__}.json" if cached else None  # noqa: PTH120
        self._known: dict[str, Any] = {}
        self._seen: dict[str, Any] = {}
        try:
            with open(self._file or "", encoding="utf-8") as file:  # noqa: PTH123 - each start comes here
                known = json.load(file)
            self._known = known if isinstance(known, dict) else {}
        except (OSError, ValueError):
            pass

    def rule(self, name: str, path: str) -> Rule | None:
        """The rule of a module; None where only an import tells."""
        try:
            stat = os.stat(path)  # noqa: PTH116
        except OSError:  # in an archive, or byte code alone
            return None
        stamp = [stat.st_mtime_ns, stat.st_size]
        match self._known.get(name):
            case [known, head] if known == stamp:
                rule = head and DeferredRule.from_head(name, head)
            case _:
                rule = DeferredRule.read(name, Path(path).read_text(encoding="utf-8"))
                head = rule and rule.head
        self._seen[name] = [stamp, head]
        return rule or None

    def keep(self) -> None:
        """Write the index where it has changed, and where Python itself would write byte code."""
        if self._file is None or self._seen == self._known or sys.dont_write_bytecode:
            return
        temporary = f"{self._file}.{os.getpid()}"
        try:
            Path(temporary).write_text(json.dumps(self._seen), encoding="utf-8")
            os.replace(temporary, self._file)  # noqa: PTH105 - whole, or not at all
        except OSError:
            pass  # a folder that cannot be written to: as with byte code, each start takes longer


def _load(name: str) -> Rule:
    rule: Rule = importlib.import_module(name).rule
    return rule


def _plugins() -> list[Rule]:
    if not plugin_files():
        return []
    from importlib.metadata import entry_points

    return [_load(entry.value) for entry in entry_points(group=ENTRY_POINT_GROUP)]


def plugin_files() -> tuple[Path, ...]:
    """Where installed packages declare rules; `importlib.metadata` takes far longer to find them."""
    found: list[Path] = []
    for folder in sys.path:
        try:
            entries = [entry.path for entry in os.scandir(folder or ".") if entry.name.endswith("-info")]
        except OSError:
            continue
        for path in entries:
            try:
                with open(f"{path}/entry_points.txt", "rb") as file:  # noqa: PTH123
                    if ENTRY_POINT_GROUP.encode() in file.read():
                        found.append(Path(path))
            except OSError:
                continue
    return tuple(found)

"""Which rules there are: the modules of `kerasfix.rules`, and those of other packages' entry points."""

import importlib
import pkgutil
import sys
from functools import cache
from pathlib import Path

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
    """The rules of this package; their files are only read, not imported: a clean script needs few of them."""
    rules: list[Rule] = []
    builtin = importlib.import_module("kerasfix.rules")
    for module in pkgutil.iter_modules(builtin.__path__):
        name = f"{builtin.__name__}.{module.name}"
        path = Path(builtin.__path__[0], f"{module.name}.py")
        rules.append(
            (path.is_file() and DeferredRule.read(name, path.read_text(encoding="utf-8"))) or _load(name)
        )
    return rules


def _load(name: str) -> Rule:
    rule: Rule = importlib.import_module(name).rule
    return rule


def _plugins() -> list[Rule]:
    if not any(map(_has_entry_points, sys.path)):
        return []
    from importlib.metadata import entry_points

    return [_load(entry.value) for entry in entry_points(group=ENTRY_POINT_GROUP)]


def _has_entry_points(folder: str) -> bool:
    """Whether a package installed in a folder has rules: `importlib.metadata` takes far longer to say so."""
    files = Path(folder).glob("*.*-info/entry_points.txt")
    return any(ENTRY_POINT_GROUP.encode() in file.read_bytes() for file in files)

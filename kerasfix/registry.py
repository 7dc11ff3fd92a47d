"""Which rules there are: the modules of `kerasfix.rules`, and those of other packages' entry points."""

import importlib
import pkgutil
from functools import cache

from kerasfix.rule import Rule

ENTRY_POINT_GROUP = "kerasfix.rules"


@cache
def all_rules() -> tuple[Rule, ...]:
    """All rules, ordered by code.

    Raises:
        ValueError: two rules have the same code or name.
    """
    import kerasfix.rules as builtin

    modules = [f"{builtin.__name__}.{module.name}" for module in pkgutil.iter_modules(builtin.__path__)]
    found = [_load(name) for name in modules] + _plugins()
    seen: dict[str, Rule] = {}
    for rule in found:
        for key in (rule.code, rule.name):
            if key in seen:
                raise ValueError(f"{rule.module} and {seen[key].module} are both called {key}")
            seen[key] = rule
    return tuple(sorted(found, key=lambda rule: rule.code))


def rule_by_code_or_name(key: str) -> Rule | None:
    """The rule with this code (`KF203`) or name (`missing-flatten`)."""
    for rule in all_rules():
        if key.upper() == rule.code or key == rule.name:
            return rule
    return None


def select(selectors: tuple[str, ...], ignored: tuple[str, ...] = ()) -> tuple[Rule, ...]:
    """The rules that selectors name: `ALL`, a prefix (`KF2`), a code or a name; the longest match decides.

    Raises:
        LookupError: a selector names no rule; its argument is that selector.
    """
    strength: dict[str, tuple[int, bool]] = {}
    for wanted, names in ((True, selectors), (False, ignored)):
        for selector in names:
            matched = [(rule, length) for rule in all_rules() if (length := _specificity(rule, selector))]
            if not matched:
                raise LookupError(selector)
            for rule, length in matched:
                if not rule.default and selector == "KF":  # the default selection leaves these out
                    continue
                if length > strength.get(rule.code, (0, False))[0] or not wanted and (
                    length == strength.get(rule.code, (0, False))[0]
                ):
                    strength[rule.code] = (length, wanted)
    return tuple(rule for rule in all_rules() if strength.get(rule.code, (0, False))[1])


def _specificity(rule: Rule, selector: str) -> int:
    """How exactly a selector names a rule: 0 not at all, 1 `ALL`, then the length of the code's prefix."""
    if selector == "ALL":
        return 1
    if selector == rule.name:
        return len(rule.code) + 1
    return len(selector) if rule.code.startswith(selector) else 0


def _load(name: str) -> Rule:
    rule: Rule = importlib.import_module(name).rule
    return rule


def _plugins() -> list[Rule]:
    from importlib.metadata import entry_points

    return [_load(entry.value) for entry in entry_points(group=ENTRY_POINT_GROUP)]

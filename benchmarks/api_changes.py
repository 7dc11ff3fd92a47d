"""What kerasfix does about each change between Keras 1 or 2 and Keras 3.

    python benchmarks/api_changes.py CHANGES.csv [--list]

The table has a row for each change: `old` (`keras.layers.core.Dense`, `Dense(init=)`, `Model.fit(nb_epoch=)`,
`Layer.get_output_at`), `kind`, `replacement`, `safe_to_rewrite`. For each row a piece of code that uses the old thing
is checked. *fixed*: a fix leaves nothing of it; *told*: a finding says what became of it; *there*: Keras 3 takes
it as it is; *silent*: nothing is said. Rows that are no name, argument or member (defaults, positions, what holds of
values only) have no such code: those with a rule are *by rule*, the others *out of reach*.
"""

import argparse
import csv
import re
from collections import Counter
from pathlib import Path

from kerasfix.finding import Finding, Fix
from kerasfix.fixing import fix_source
from kerasfix.keras import api, migrations, old_names
from kerasfix.linter import lint
from kerasfix.registry import all_rules
from kerasfix.source import Source

RULES = tuple(rule for rule in all_rules() if re.match(r"KF(10[1-3]|404|6)", rule.code))
MODEL = """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
model.compile('adam', 'mse')
"""
BY_RULE = {
    r"Conv\w*2D\(nb_filter|Deconvolution2D\(nb_filter": "KF608",
    r"'adadelta'|Adadelta\(\) default|default (lr|learning_rate|recurrent_activation|reset_after)": "KF609",
    r"suffix|\*\.h5": "KF607",
    r"history|monitor": "KF313",
    r"numpy integer": "KF210",
    r"add_loss|Merge|merge\(mode|K\.function|learning_phase": "KF611 KF612",
    r"op on a KerasTensor|one_hot\(KerasTensor|output_shape": "KF404",
    r"numpy function": "KF401",
    r"generator yields|nested Python list": "KF504",
    r"strings|Reduction\.AUTO": "KF302",
    r"set_value|reset_states\(\)|minimize": "KF606",
    r"random_normal\(std|arguments border_mode": "KF605",
    r"rank": "KF205",
    r"input_dim=\)": "KF604",
}


def code_for(old: str) -> str | None:
    """A piece of code that uses an old thing; None where there is none."""
    if re.fullmatch(r"keras(\.\w+)+", old):
        home, _, word = old.rpartition(".")
        if old in old_names.MODULES or migrations.moved_module(old):
            return f"import {old}\n"
        if home == "keras.backend":
            return f"from keras import backend as K\nprint(K.{word}(1, 2, 3))\n"
        return f"from {home} import {word}\nprint({word})\n"
    if match := re.fullmatch(r"(\w+)\((\w+)=\).*", old):
        name, argument = match.groups()
        home = _home(name)
        if home is None:
            return None
        return f"from {home} import {name}\nprint({name}({argument}='value'))\n"
    if match := re.fullmatch(r"(\w+)\.(\w+)(?:\((\w+)=\))?", old):
        owner, member, argument = match.groups()
        given = f"{argument}=1" if argument else ""
        if api.kind(f"keras.datasets.{owner}") == "module":
            return f"from keras.datasets import {owner}\nprint({owner}.{member}({given}))\n"
        made = {"Model": "model", "Layer": "model.layers[0]", "Optimizer": "model.optimizer"}.get(owner)
        if made is None:
            home = _home(owner)
            if home is None:
                return None
            return f"from {home} import {owner}\nthing = {owner}(2)\nprint(thing.{member}({given}))\n"
        return f"{MODEL}print({made}.{member}({given}))\n"
    return None


def _home(name: str) -> str | None:
    """The module that a class or function of Keras 1 or 2 is imported from."""
    homes = ("keras.layers", "keras.optimizers", "keras.callbacks", "keras.losses", "keras.metrics",
             "keras.constraints", "keras.initializers", "keras.regularizers", "keras.models", "keras.utils",
             "keras.preprocessing.image", "keras.preprocessing.text", "keras.preprocessing.sequence",
             "keras.activations", "keras.datasets")  # fmt: skip
    for home in homes:
        if migrations.usable(f"{home}.{name}") or migrations.successor(f"{home}.{name}") is not None:
            return home
    found = api.homes(name)
    return found[0].rpartition(".")[0] if found else None


def outcome(old: str) -> str:
    """What kerasfix does about one change: see the top of this file."""
    made = code_for(old)
    if made is None:
        for pattern, codes in BY_RULE.items():
            if re.search(pattern, old):
                return f"by rule {codes}"
        return "out of reach"
    text = made
    source = Source("old.py", text)
    found = lint(source, RULES)
    if not found:
        return "there" if _is_there(old) else "silent"

    def applicable(finding: Finding) -> Fix | None:
        return finding.fix

    left = fix_source(source, RULES, applicable, lint)
    return "told" if left.remaining or left.text == text else "fixed"


def _is_there(old: str) -> bool:
    """Whether Keras 3 has a name or an argument, as far as the API data tells."""
    if re.fullmatch(r"keras(\.\w+)+", old):
        return migrations.usable(old)
    if match := re.fullmatch(r"(\w+)\((\w+)=\).*", old):
        home = _home(match[1])
        signature = api.signature(migrations.current(f"{home}.{match[1]}")) if home else None
        return signature is not None and signature.takes(match[2])
    return False


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("changes", type=Path)
    parser.add_argument("--list", action="store_true", help="print every row with what becomes of it")
    options = parser.parse_args()
    counts: dict[str, Counter[str]] = {}
    with options.changes.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            result = outcome(row["old"])
            kind = "by rule" if result.startswith("by rule") else result
            counts.setdefault(row["safe_to_rewrite"], Counter())[kind] += 1
            if options.list:
                print(f"{result:<16} {row['safe_to_rewrite']:<12} {row['old']} -> {row['replacement']}")
    columns = ("fixed", "told", "by rule", "there", "silent", "out of reach")
    print(f"| rewriting is | {' | '.join(columns)} |\n|---|{'---:|' * len(columns)}")
    for level, found in counts.items():
        print(f"| {level} | {' | '.join(str(found[column]) for column in columns)} |")


if __name__ == "__main__":
    main()

"""A comment silences findings that are not there.

## Why is this bad?
A `# noqa: KF203` that once was needed, and no longer is, hides the next fault of that kind on its line. A misspelt
code silences nothing at all.

Only comments and codes that speak to kerasfix are looked at: codes of other tools and a bare `# noqa` are left alone,
and so are rules that were not looked for in this run. To keep a comment in any case, name this rule in it:
`# noqa: KF203, KF002`. If you also use Ruff, set its `lint.external = ["KF"]`; its RUF100 takes these codes for unknown
ones otherwise.

## Fix safety
Only the comment changes: the codes at fault go, or the whole of it where nothing else is said.
"""

import re
from collections.abc import Iterator

from kerasfix.finding import Edit, Finding, Fix, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.suppressions import Suppression, UnusedSuppression
from kerasfix.syntax.module import Module

rule = Rule(__name__, "KF002", Severity.WARNING, fixable=Fixable.ALWAYS)


@rule.on(UnusedSuppression)
def check(record: UnusedSuppression, module: Module) -> Iterator[Finding]:
    suppression = record.suppression
    reasons = []
    if record.idle:
        where = "in this file" if suppression.rows is None else "here"
        reasons.append(
            f"{_listed(record.idle)} {'find' if len(record.idle) > 1 else 'finds'} nothing {where}"
        )
    if record.unknown:
        reasons.append(f"no rule is called {_listed(record.unknown)}")
    superfluous = {*record.idle, *record.unknown}
    kept = [code for code in suppression.codes if code not in superfluous]
    title = f"Remove {_listed(tuple(sorted(superfluous)))} from the comment" if kept else "Remove the comment"
    edit = _without_codes(suppression, kept, module.text) if kept else _without(suppression, module.text)
    yield rule.finding(
        (suppression.start, suppression.end),
        f"Unused suppression: {'; '.join(reasons) or 'nothing is found in this file'}",
        fixes=(Fix(title, (edit,)),),
    )


def _listed(codes: tuple[str, ...]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _without_codes(suppression: Suppression, kept: list[str], text: str) -> Edit:
    """The list with the kept codes alone, and what stood behind each of them."""
    places = [
        place for code, place in zip(suppression.codes, suppression.places, strict=True) if code in kept
    ]
    behind = dict(zip(suppression.places, [*suppression.places[1:], None], strict=True))
    new = ""
    for start, end in places:
        following = behind[start, end]
        last = (start, end) == places[-1] or following is None
        new += text[start:end] if last or following is None else text[start : following[0]]
    return Edit(suppression.places[0][0], suppression.places[-1][1], new)


def _without(suppression: Suppression, text: str) -> Edit:
    """Drop the comment, but not what else it says; and its line, where nothing else is on it."""
    first, last = suppression.comment
    before, after = text[first : suppression.start].rstrip(), text[suppression.end : last]
    if after.strip():
        reason = suppression.end + len(after) - len(after.lstrip())
        return Edit(suppression.start, reason, "" if text[reason] == "#" else "# ")
    if before.strip("# \t"):
        return Edit(first + len(before), last, "")
    start = max(text.rfind("\n", 0, first), text.rfind("\r", 0, first)) + 1
    code = text[start:first].rstrip()
    if code:
        return Edit(start + len(code), last, "")
    newline = re.compile(r"\r\n?|\n").match(text, last)
    return Edit(start, newline.end() if newline else last, "")


EXAMPLES = (
    Example(
        """\
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss="mse")  # noqa: KF302 # <- KF002
""",
        """\
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss="mse")
""",
    ),
    Example(
        """\
import keras
# kerasfix: ignore[KF302, missing-flaten] # <- KF002
model = keras.Sequential([keras.layers.Dense(1, activation="rellu")])
# kerasfix: ignore[KF203] the head is dense on purpose # <- KF002
model.compile(loss="mse")  # long line  # noqa: E501, KF313 # <- KF002
""",
        """\
import keras
# kerasfix: ignore[KF302]
model = keras.Sequential([keras.layers.Dense(1, activation="rellu")])
# the head is dense on purpose
model.compile(loss="mse")  # long line  # noqa: E501
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="rellu")])  # noqa: KF302
""",
    """\
import keras  # noqa
model = keras.Sequential([keras.layers.Dense(1)])  # noqa: E501, F841
""",
    """\
import keras
model = keras.Sequential([keras.layers.Dense(1)])  # noqa: KF302, KF002
""",
    """\
# kerasfix: ignore[KF610]
import keras  # that rule is off by default, so it was not looked for
model = keras.Sequential([keras.layers.Dense(1, input_shape=(3,))])
""",
)

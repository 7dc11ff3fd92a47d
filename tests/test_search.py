"""Which fixes are tried, in which order, and what is chosen: on made-up findings and verdicts."""

import re
from collections.abc import Callable
from dataclasses import replace

from kerasfix.finding import Applicability, Edit, Finding, Fix, Severity
from kerasfix.rule import Rule
from kerasfix.search import Outcome, repair
from kerasfix.source import Source
from kerasfix.verify import Error, Model, Verdict

RULE = Rule("kerasfix.rules.missing_flatten", "KF203", Severity.ERROR)
SAFE, UNSAFE, DISPLAY = Applicability.SAFE, Applicability.UNSAFE, Applicability.DISPLAY
MODEL = Model("model", 1, True, [None, 1], 3)

Ways = dict[str, tuple[tuple[str, Applicability], ...]]
"""For each word that is a fault, what may stand in its place."""


def verdict(ran: bool, remaining: int = 0, cpu: float = 1.0, evidence: bool = False) -> Verdict:
    return Verdict(
        filename="a.py",
        status="passed" if ran else "failed",
        assumed=(),
        stubs=(),
        error=None if ran else Error("ValueError", 1, "no"),
        models=(MODEL,),
        fits=(),
        device="cpu",
        isolation="none",
        seconds=cpu,
        cpu_seconds=cpu,
        remaining=remaining,
        evidence={(1, 0, 1, 1): {}} if evidence else {},
    )


def search(text: str, ways: Ways, judge: Callable[[str], Verdict], unsafe: bool = False, budget: float = 60.0,
           severity: Severity = Severity.ERROR, learnt: Ways | None = None,
           limits: list[float] | None = None) -> Outcome:  # fmt: skip
    """Repair a text of words; `learnt` are faults that show only when it was run, `limits` what runs may take."""

    def limited(text: str, seconds: float) -> Verdict:
        if limits is not None:
            limits.append(seconds)
        found = judge(text)
        return found if found.cpu_seconds <= seconds else verdict(False, cpu=seconds)

    def lint(source: Source, _rules: tuple[Rule, ...], shown: Verdict | None) -> list[Finding]:
        known = ways | (learnt or {} if shown is not None else {})
        return [
            RULE.finding(
                match.span(),
                "wrong",
                severity=severity,
                fixes=tuple(
                    Fix(f"Write {new}", (Edit(*match.span(), new),), kind) for new, kind in known[match[0]]
                ),
            )
            for match in re.finditer(r"\w+", source.text)
            if match[0] in known
        ]

    return repair(Source("a.py", text), (RULE,), lint, limited, unsafe, budget)


def passes(*texts: str) -> Callable[[str], Verdict]:
    return lambda text: verdict(text in texts)


def test_safe_fixes_come_first_and_are_enough() -> None:
    ways: Ways = {"bad": (("good", SAFE),), "odd": (("even", UNSAFE),)}
    outcome = search("bad odd", ways, passes("good odd", "good even"))
    assert outcome.result.text == "good odd"
    assert len(outcome.attempts) == 1
    assert search("bad odd", ways, passes("good even"), unsafe=True).result.text == "good even"


def test_unsafe_fixes_are_tried_where_safe_ones_do_not_help() -> None:
    ways: Ways = {"bad": (("good", SAFE),), "odd": (("even", UNSAFE),)}
    outcome = search("bad odd", ways, passes("good even"))
    assert outcome.result.text == "good even"
    assert [attempt.verdict.ran for attempt in outcome.attempts] == [False, True]
    assert outcome.chosen is outcome.attempts[1]


def test_candidates_are_tried_until_one_passes() -> None:
    ways: Ways = {"bad": (("worse", SAFE), ("no", UNSAFE), ("good", UNSAFE)), "odd": (("even", SAFE),)}
    outcome = search("bad odd", ways, passes("good even"))
    assert outcome.result.text == "good even"
    assert outcome.result.applied == {"KF203": 2}
    assert not outcome.exhausted


def test_a_fix_that_does_harm_is_left_out() -> None:
    ways: Ways = {"bad": (("good", SAFE),), "fine": (("broken", SAFE),)}
    assert search("bad fine", ways, passes("good fine")).result.text == "good fine"


def test_fixes_that_are_only_shown_are_never_tried() -> None:
    outcome = search("bad", {"bad": (("good", DISPLAY),)}, passes("good"), unsafe=True)
    assert (outcome.result.text, outcome.attempts) == ("bad", [])


def test_what_runs_is_not_changed_in_an_unsafe_way_unasked() -> None:
    ways: Ways = {"odd": (("even", UNSAFE),)}
    assert search("odd", ways, passes("odd", "even")).result.text == "odd"
    assert search("odd", ways, passes("odd", "even"), unsafe=True).result.text == "even"


def test_never_worse_and_the_best_of_what_fails() -> None:
    ways: Ways = {"bad": (("worse", SAFE), ("better", UNSAFE))}
    left = {"bad": 3, "worse": 5, "better": 1}
    outcome = search("bad", ways, lambda text: verdict(False, left[text]))
    assert outcome.result.text == "better"
    assert outcome.chosen is outcome.attempts[1]
    outcome = search("bad", {"bad": (("worse", SAFE),)}, lambda text: verdict(False, left[text]))
    assert (outcome.result.text, outcome.chosen) == ("bad", None)


def test_warnings_too_are_mended_in_an_unsafe_way_where_that_helps() -> None:
    ways: Ways = {"odd": (("even", UNSAFE),)}
    outcome = search("odd", ways, passes("even"), severity=Severity.WARNING)
    assert outcome.result.text == "even"


def test_no_run_is_begun_that_is_too_long_for_the_budget() -> None:
    ways: Ways = {"bad": tuple((f"n{number}", SAFE) for number in range(50))}
    outcome = search("bad", ways, lambda _text: verdict(False, cpu=10.0), budget=35.0)
    assert outcome.exhausted
    assert len(outcome.attempts) == 2, "after three runs of 10 seconds less than that is left"
    assert outcome.result.text == "bad"
    assert 30 <= outcome.seconds < 31


def test_all_runs_together_stay_within_the_budget() -> None:
    ways: Ways = {"bad": tuple((f"n{number}", SAFE) for number in range(50))}
    for budget in (1.0, 8.0, 20.0, 60.0, 200.0):
        limits: list[float] = []
        outcome = search("bad", ways, lambda _text: verdict(False, cpu=1e9), budget=budget, limits=limits)
        assert outcome.exhausted
        assert sum(limits) <= budget
        assert outcome.seconds < budget + 0.1
        assert limits[0] == budget / 2, "what mends a text takes as long as the text"


def test_a_small_budget_is_for_the_first_attempt_a_large_one_for_several() -> None:
    ways: Ways = {"bad": tuple((f"n{number}", SAFE) for number in range(50))}

    def first_is_slow(text: str) -> Verdict:
        return verdict(text == "n1", cpu={"bad": 1.0, "n0": 1e9}.get(text, 10.0))

    for budget, attempts in ((20.0, 1), (60.0, 2)):
        outcome = search("bad", ways, first_is_slow, budget=budget)
        assert len(outcome.attempts) == attempts
        assert (outcome.chosen is not None) == (attempts == 2)


def test_what_was_run_before_costs_nothing() -> None:
    ways: Ways = {"bad": (("worse", SAFE), ("good", SAFE))}

    def known(text: str) -> Verdict:
        return replace(verdict(text == "good", cpu=9.0), cached=True)

    assert search("bad", ways, known, budget=20.0).result.text == "good"


def test_what_a_run_has_shown_is_fixed_in_the_next_round() -> None:
    ways: Ways = {"bad": (("good", SAFE),)}
    learnt: Ways = {"hidden": (("found", SAFE),)}
    outcome = search(
        "bad hidden",
        ways,
        lambda text: verdict(text == "good found", evidence=text == "good hidden"),
        learnt=learnt,
    )
    assert outcome.result.text == "good found"
    assert outcome.result.applied == {"KF203": 2}
    assert outcome.chosen is not None
    assert [choice.title for choice in outcome.chosen.fixes] == ["Write good", "Write found"]


def test_a_run_alone_can_explain_a_fault() -> None:
    learnt: Ways = {"hidden": (("found", SAFE),)}
    outcome = search("hidden", {}, lambda text: verdict(text == "found", evidence=True), learnt=learnt)
    assert outcome.result.text == "found"

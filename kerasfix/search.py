"""Repair by search: of the ways to fix a text, the first that verification passes, within a budget."""

import heapq
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.fixing import FixResult, fix_source
from kerasfix.light import dataclass, field
from kerasfix.rule import Rule
from kerasfix.source import Source
from kerasfix.verify import Verdict

Lint = Callable[[Source, tuple[Rule, ...], Verdict | None], list[Finding]]
"""The findings in a text, given the verdict on this very text where there is one."""
Judge = Callable[[str, float], Verdict]
"""The verdict on a text, which may take so many seconds of CPU."""

ENOUGH = 20.0
"""Seconds of CPU that a candidate may take, as long as that much of the budget is left."""
SHARE = 0.75
"""How much of what is left it may take where that is more: it must not starve the others."""
FIRST_SHARE = 0.5
"""The same for the text as it is: what mends it takes longer, since it gets further."""
SHORTEST = 0.1
"""Seconds of CPU that any run takes."""

MAX_PLANS = 300
"""Ways that are thought of, most of which are never run."""


@dataclass(frozen=True)
class Choice:
    """A fix of a finding, known again when the text around it has changed."""

    code: str
    title: str
    where: str


@dataclass(frozen=True)
class Attempt:
    """A way to fix the text that was tried, and what came of it."""

    fixes: tuple[Choice, ...]
    verdict: Verdict


@dataclass
class Outcome:
    """What a search has found.

    `result` holds the text to write, or that of before where nothing is better; `attempts` are in their order,
    and where something is to be written `chosen` is its attempt.
    """

    before: Verdict
    result: FixResult
    chosen: Attempt | None = None
    attempts: list[Attempt] = field(default_factory=list)
    seconds: float = 0.0
    exhausted: bool = False
    """The budget ran out before everything was tried."""


Level = Callable[[Finding, Fix], bool]
"""Whether a fix may be used."""


def safe(finding: Finding, fix: Fix) -> bool:
    """Only what keeps the meaning of the program."""
    return fix.applicability is Applicability.SAFE


def needed(finding: Finding, fix: Fix) -> bool:
    """Also unsafe fixes, of what is certainly wrong."""
    unsafe = fix.applicability is Applicability.UNSAFE and finding.severity is Severity.ERROR
    return unsafe or safe(finding, fix)


def anything(finding: Finding, fix: Fix) -> bool:
    """All fixes but those that are only to be shown."""
    return fix.applicability is not Applicability.DISPLAY


@dataclass(frozen=True)
class _Plan:
    """One way to fix: from a text, with some fixes, without others, knowing what a run has shown."""

    start: str
    level: Level
    banned: frozenset[Choice] = frozenset()
    shown: Verdict | None = None
    """What a run of `start` has shown, where rules are to know it."""
    applied: Counter[str] = field(default_factory=Counter)
    earlier: tuple[Choice, ...] = ()
    """What was fixed in `start` already."""


def repair(
    source: Source, rules: tuple[Rule, ...], lint: Lint, judge: Judge, unsafe: bool, budget: float
) -> Outcome:
    """Try ways to fix a source, best first, until one passes.

    Args:
        source: the text.
        rules: what it is checked for.
        lint: finds the findings in a text.
        judge: verifies a text.
        unsafe: unsafe fixes are welcome; otherwise they are tried only where safe ones do not help.
        budget: seconds of CPU for all runs together.
    """
    return _Search(source, rules, lint, judge, unsafe, budget).run()


class _Search:
    def __init__(
        self, source: Source, rules: tuple[Rule, ...], lint: Lint, judge: Judge, unsafe: bool, budget: float
    ) -> None:
        self.source = source
        self.rules = rules
        self.lint = lint
        self.judge = judge
        self.levels = (anything, needed, safe) if unsafe else (safe, needed, anything)
        self.unsafe = unsafe
        self.budget = budget
        self.started = time.thread_time()
        self.runs = 0.0  # seconds of CPU that they took
        self.shortest = math.inf  # of them
        self.waiting: list[tuple[tuple[float, ...], int, _Plan]] = []
        self.order = count()
        self.verdicts: dict[str, Verdict] = {}
        self.plans: set[tuple[str, Level, frozenset[Choice], bool]] = set()
        self.best: tuple[Attempt, FixResult] | None = None

    def run(self) -> Outcome:
        """The search from its start to its end."""
        before = self.verdicts[self.source.text] = self._verify(self.source.text, self.budget * FIRST_SHARE)
        self.outcome = Outcome(before, FixResult(self.source.text, [], Counter()))
        for number, level in enumerate(self.levels):
            self._push(_Plan(self.source.text, level), 0, number)
        if not before.ran and before.evidence:
            # A way of its own, for when no rule finds what is wrong without having seen the run.
            self._push(_Plan(self.source.text, needed, shown=before), 0, self.levels.index(needed), 0)
        while self.waiting:
            priority, _, plan = heapq.heappop(self.waiting)
            if self._try(priority, plan):
                break
        self.outcome.seconds = self._spent()
        if self.best is not None:
            self.outcome.chosen, self.outcome.result = self.best
        return self.outcome

    def _push(self, plan: _Plan, *priority: float) -> None:
        key = (plan.start, plan.level, plan.banned, plan.shown is not None)
        if key in self.plans or len(self.plans) >= MAX_PLANS:
            return
        self.plans.add(key)
        heapq.heappush(self.waiting, (priority, next(self.order), plan))

    def _spent(self) -> float:
        """Seconds of CPU: of the runs, and of looking for what to run."""
        return self.runs + time.thread_time() - self.started

    def _verify(self, text: str, seconds: float) -> Verdict:
        verdict = self.judge(text, seconds)
        self.runs += 0 if verdict.cached else verdict.cpu_seconds
        self.shortest = max(SHORTEST, min(self.shortest, verdict.cpu_seconds))
        return verdict

    def _try(self, priority: tuple[float, ...], plan: _Plan) -> bool:
        """Follow a plan; whether the search is over."""
        result, used = self._fix(plan)
        if result.error is not None:
            self.outcome.result = replace(self.outcome.result, error=result.error)
        if result.error is not None or result.text == plan.start:
            return False
        merged = replace(result, applied=plan.applied + result.applied)
        if result.text in self.verdicts:  # another way to the same text: what it could do otherwise counts
            self._follow_up(priority, plan, merged, used, self.verdicts[result.text])
            return False
        left = self.budget - self._spent()
        if left < self.shortest:
            self.outcome.exhausted = True  # no run has taken so little
            return True
        seconds = min(left, max(ENOUGH, left * SHARE))
        verdict = self.verdicts[result.text] = self._verify(result.text, seconds)
        attempt = Attempt((*plan.earlier, *used), verdict)
        self.outcome.attempts.append(attempt)
        before = self.outcome.before
        asked = plan.level is safe or self.unsafe  # for anything else it takes proof that it is better
        if verdict.better_than(before) or (asked and before.ran and not before.better_than(verdict)):
            if self.best is None or verdict.better_than(self.best[0].verdict):
                self.best = attempt, merged
            if verdict.ran:
                return True
        self._follow_up(priority, plan, merged, used, verdict)
        return False

    def _fix(self, plan: _Plan) -> tuple[FixResult, dict[Choice, bool]]:
        """The text that a plan leads to, and what it uses: with whether it could do something else instead."""
        used: dict[Choice, bool] = {}
        seen = plan.start

        def find(source: Source, rules: tuple[Rule, ...]) -> list[Finding]:
            nonlocal seen
            seen = source.text
            return self.lint(source, rules, plan.shown if seen == plan.start else None)

        def choose(finding: Finding) -> Fix | None:
            where = seen[finding.start : finding.end]
            ways = [
                (Choice(finding.code, fix.title, where), fix)
                for fix in finding.fixes
                if plan.level(finding, fix)
            ]
            left = [(choice, fix) for choice, fix in ways if choice not in plan.banned]
            if not left:
                return None
            choice, fix = left[0]
            used[choice] = len(left) > 1
            return fix

        return fix_source(replace(self.source, text=plan.start), self.rules, choose, find), used

    def _follow_up(
        self,
        priority: tuple[float, ...],
        plan: _Plan,
        result: FixResult,
        used: dict[Choice, bool],
        verdict: Verdict,
    ) -> None:
        """What to try after an attempt that failed: to mend what it showed, then to do one thing otherwise."""
        if verdict.evidence:
            earlier = (*plan.earlier, *used)
            again = _Plan(result.text, plan.level, plan.banned, verdict, result.applied, earlier)
            self._push(again, *priority, -1)
        worth = [-float(part) for part in verdict.rank()]
        for number, (choice, alternative) in enumerate(used.items()):
            other = replace(plan, banned=plan.banned | {choice})
            self._push(other, 1, *worth, len(other.banned), not alternative, number)


def titles(attempt: Attempt) -> Iterator[str]:
    """The fixes of an attempt in words, each once."""
    yield from dict.fromkeys(f"{choice.code} {choice.title}" for choice in attempt.fixes)

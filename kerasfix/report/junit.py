"""`--output-format junit`: findings as failed tests, for CI servers that show test results."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import PurePath
from xml.etree import ElementTree

from kerasfix.report import Paint, Placed, clean


def render(findings: Sequence[Placed], _paint: Paint) -> str:
    """A suite for each file, a case for each finding; one case that passes where nothing was found."""
    count = str(len(findings))
    root = ElementTree.Element("testsuites", name="kerasfix", tests=count, failures=count, errors="0")
    for path, group in groupby(findings, key=lambda placed: placed.document.path):
        _suite(root, clean(path), list(group))
    if not findings:
        root.set("tests", "1")
        suite = _element(root, "kerasfix", 1, 0)
        ElementTree.SubElement(suite, "testcase", name="All checks passed", classname="kerasfix", time="0")
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(root: ElementTree.Element, path: str, findings: list[Placed]) -> None:
    suite = _element(root, path, len(findings), len(findings))
    for placed in findings:
        finding, message = placed.finding, placed.message
        case = ElementTree.SubElement(
            suite,
            "testcase",
            name=f"{finding.code} ({finding.name}) at {placed.place.removeprefix(f'{path}:')}",
            classname=str(PurePath(path).with_suffix("")),
            time="0",
        )
        failure = ElementTree.SubElement(case, "failure", message=message, type=finding.severity.value)
        failure.text = f"{placed.place}: {finding.code} {clean(finding.message)}"


def _element(root: ElementTree.Element, name: str, tests: int, failures: int) -> ElementTree.Element:
    return ElementTree.SubElement(
        root,
        "testsuite",
        name=name,
        tests=str(tests),
        failures=str(failures),
        errors="0",
        skipped="0",
        time="0",
    )

"""The fix engine: one pass, the loop until nothing changes, and writing the file."""

import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasfix import fixing
from kerasfix.finding import Edit, Finding, Fix, Severity
from kerasfix.fixing import FileChanged, apply_fixes, fix_source, write_document
from kerasfix.source import Source


def fix(*edits):
    return Fix("a title", edits)


def insert(at, content, mergeable=False):
    return Edit(at, at, content, mergeable)


# One pass


def test_edits_apply_at_their_places():
    one, two = fix(Edit(0, 1, "A"), Edit(4, 5, "E")), fix(Edit(2, 3, ""))
    assert apply_fixes("abcde", [one, two]) == ("AbdE", [one, two])


def test_of_a_fix_all_edits_or_none():
    first, half = fix(Edit(2, 3, "C")), fix(Edit(0, 1, "A"), Edit(2, 4, "X"))
    assert apply_fixes("abcde", [first, half]) == ("abCde", [first])


def test_a_shared_edit_is_made_once():
    line = insert(0, "import a\n")
    one, two = fix(line, Edit(2, 3, "C")), fix(line, Edit(4, 5, "E"))
    assert apply_fixes("abcde", [one, two]) == ("import a\nabCdE", [one, two])


def test_mergeable_insertions_stand_together():
    one, two = fix(insert(3, ", B", mergeable=True)), fix(insert(3, ", C", mergeable=True))
    assert apply_fixes("[A]"[:2] + " ]", [one, two]) == ("[A , B, C]", [one, two])


@pytest.mark.parametrize(("mine", "others"), [(False, False), (True, False), (False, True)])
def test_other_insertions_at_one_place_wait(mine, others):
    one, two = fix(insert(1, "x", mergeable=others)), fix(insert(1, "y", mergeable=mine))
    assert apply_fixes("ab", [one, two]) == ("axb", [one])


def test_insertions_at_the_edges_of_a_replacement():
    fixes = [fix(Edit(1, 2, "B")), fix(insert(1, "<")), fix(insert(2, ">"))]
    assert apply_fixes("abc", fixes) == ("a<B>c", fixes)


def test_an_insertion_inside_a_replacement_waits():
    outer = fix(Edit(0, 3, "X"))
    assert apply_fixes("abc", [outer, fix(insert(1, "y"))]) == ("X", [outer])


def test_insertions_of_one_fix_at_one_place_keep_their_order():
    both = fix(insert(1, "1"), insert(1, "2"))
    assert apply_fixes("ab", [both]) == ("a12b", [both])


def test_a_fix_that_gets_in_its_own_way_is_not_applied():
    assert apply_fixes("abc", [fix(Edit(0, 2, "X"), Edit(1, 3, "Y"))]) == ("abc", [])


def test_a_fix_that_changes_nothing_is_not_applied():
    assert apply_fixes("abc", [fix(Edit(0, 1, "a")), fix()]) == ("abc", [])


def test_an_edit_outside_the_text_is_an_error():
    with pytest.raises(ValueError, match="edits 2 to 9"):
        apply_fixes("abc", [fix(Edit(2, 9, ""))])


TEXT = "0123456789"
edits = st.tuples(st.integers(0, 10), st.integers(0, 3), st.sampled_from(["", "a", "bb"]), st.booleans()).map(
    lambda drawn: Edit(drawn[0], min(10, drawn[0] + drawn[1]), drawn[2], drawn[3])
)
fix_lists = st.lists(st.lists(edits, min_size=1, max_size=3).map(lambda drawn: fix(*drawn)), max_size=6)


@given(fix_lists)
def test_untouched_characters_survive_and_all_content_is_there(fixes):
    text, done = apply_fixes(TEXT, fixes)
    made = {edit for each in done for edit in each.edits}
    touched = {place for edit in made for place in range(edit.start, edit.end)}
    assert [c for c in text if c.isdigit()] == [c for place, c in enumerate(TEXT) if place not in touched]
    letters = sum(len(edit.content) for edit in made)
    assert len(text) == len(TEXT) - len(touched) + letters


@given(fix_lists)
def test_the_first_fix_that_can_be_made_is_made(fixes):
    alone = [each for each in fixes if apply_fixes(TEXT, [each])[1]]
    _, done = apply_fixes(TEXT, fixes)
    assert done[:1] == alone[:1]


@given(fix_lists)
def test_a_pass_over_what_was_done_gives_the_same(fixes):
    text, done = apply_fixes(TEXT, fixes)
    assert apply_fixes(TEXT, done) == (text, done)


# The loop


class Replacer:
    """A `lint` that finds each word of a table and offers its replacement, if there is one."""

    def __init__(self, table):
        self.table = table
        self.passes = 0

    def __call__(self, source, rules):
        self.passes += 1
        findings = []
        for number, (word, other) in enumerate(self.table.items()):
            at = source.text.find(word)
            if at >= 0:
                fixes = () if other is None else (fix(Edit(at, at + len(word), other)),)
                found = (f"KF{number:03}", f"rule-{word}".strip(), "a message", at, at + len(word))
                findings.append(Finding(*found, Severity.ERROR, fixes))
        return sorted(findings, key=lambda finding: finding.start)


def run(text, table, applicable=lambda finding: finding.fix):
    return fix_source(Source("a.py", text), (), applicable, lint=Replacer(table))


def test_until_nothing_changes():
    result = run("one one two", {"one": "two", "two": "three", "three": None})
    assert result.text == "three three three"
    assert result.applied == {"KF000": 2, "KF001": 3}
    assert [finding.code for finding in result.remaining] == ["KF002"]
    assert result.error is None


def test_a_clean_text_is_checked_once():
    lint = Replacer({"one": "two"})
    result = fix_source(Source("a.py", "x"), (), lambda finding: finding.fix, lint=lint)
    assert (result.text, lint.passes, result.applied) == ("x", 1, {})


def test_what_is_not_applicable_remains():
    result = run("one two", {"one": "1", "two": "2"}, lambda f: f.fix if f.name == "rule-two" else None)
    assert result.text == "one 2"
    assert [finding.name for finding in result.remaining] == ["rule-one"]


def test_findings_remain_at_their_places_in_the_new_text():
    result = run("one(two)", {"one": "eleven", "two": None})
    assert [(finding.start, finding.end) for finding in result.remaining] == [(7, 10)]


def test_rules_that_undo_each_other_are_named_and_nothing_changes():
    result = run("a = one + two", {"one": "uno", "uno": "one", "two": "three"})
    assert result.text == "a = one + two"
    assert result.applied == {}
    assert "KF000 (rule-one) and KF001 (rule-uno)" in result.error
    assert "undo each other" in result.error
    assert [finding.code for finding in result.remaining] == ["KF000", "KF002"]


def test_fixes_of_one_pass_that_undo_each_other_are_named():
    result = run("a", {"a": "ab", "b": ""})
    assert result.text == "a"
    assert "KF000 (rule-a) and KF001 (rule-b) undo each other" in result.error


def test_text_without_end_stops(monkeypatch):
    monkeypatch.setattr(fixing, "MAX_PASSES", 7)
    lint = Replacer({"a": "aa"})
    result = fix_source(Source("a.py", "a"), (), lambda finding: finding.fix, lint=lint)
    assert (result.text, lint.passes) == ("a", 7)
    assert "KF000 (rule-a) still change the text after 7 passes" in result.error


def test_the_rule_that_breaks_the_syntax_is_named():
    result = run("one(two)", {"one": "eleven", "two": "(((", "three": "4"})
    assert result.text == "one(two)"
    assert "KF001 (rule-two) would leave code that does not parse" in result.error
    assert "KF000" not in result.error


def test_what_never_parsed_is_fixed_all_the_same():
    result = run("%magic\none(", {"one": "two"})
    assert (result.text, result.error) == ("%magic\ntwo(", None)


def test_the_real_linter_is_the_default():
    source = Source("a.py", "print('no word of it')\n")
    assert fix_source(source, (), lambda finding: finding.fix).text == source.text


def test_a_subclass_of_source_stays_one():
    class Block(Source):
        pass

    seen = []

    def lint(source, rules):
        seen.append(type(source))
        return Replacer({"one": "two"})(source, rules)

    fix_source(Block("a.md", "one"), (), lambda finding: finding.fix, lint=lint)
    assert seen == [Block, Block]


@given(
    st.text("ab", max_size=12),
    st.dictionaries(st.text("ab", min_size=1, max_size=2), st.text("ab", max_size=2)),
)
def test_always_ends_and_leaves_the_text_or_no_fix(text, table):
    result = run(text, table)
    if result.error:
        assert result.text == text
        assert not result.applied
    else:
        assert all(apply_fixes(result.text, finding.fixes)[1] == [] for finding in result.remaining)


# Writing


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model.py"
    path.write_bytes(b"old")
    return path


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_write(path):
    write_document(path, b"old", b"new\r\n")
    assert path.read_bytes() == b"new\r\n"
    assert names(path.parent) == ["model.py"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o640])
def test_the_mode_stays(path, mode):
    path.chmod(mode)
    write_document(path, b"old", b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give a file away")
def test_the_owner_stays(path):
    os.chown(path, 12345, 54321)
    write_document(path, b"old", b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 54321)


def test_another_owner_is_no_error(path, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "chown", refuse)
    write_document(path, b"old", b"new")
    assert path.read_bytes() == b"new"


def test_a_link_stays_a_link(path, tmp_path):
    (tmp_path / "sub").mkdir()
    link = tmp_path / "sub" / "link.py"
    link.symlink_to("../model.py")
    write_document(link, b"old", b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert names(tmp_path / "sub") == ["link.py"]


def test_a_changed_file_is_left_alone(path):
    path.write_bytes(b"changed")
    with pytest.raises(FileChanged):
        write_document(path, b"old", b"new")
    assert path.read_bytes() == b"changed"
    assert names(path.parent) == ["model.py"]


def test_a_file_changed_at_the_last_moment_is_left_alone(path, monkeypatch):
    fsync = os.fsync

    def meanwhile(handle):
        path.write_bytes(b"changed")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(FileChanged):
        write_document(path, b"old", b"new")
    assert path.read_bytes() == b"changed"
    assert names(path.parent) == ["model.py"]


def test_a_file_that_is_gone(path):
    path.unlink()
    with pytest.raises(FileChanged):
        write_document(path, b"old", b"new")
    assert names(path.parent) == []


def test_a_read_only_file(path):
    path.chmod(0o444)
    with pytest.raises(PermissionError, match="the file is read-only") as caught:
        write_document(path, b"old", b"new")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"


def test_a_read_only_folder(path):
    path.parent.chmod(0o555)
    try:
        with pytest.raises(PermissionError, match=r"its folder is read-only.*model\.py"):
            write_document(path, b"old", b"new")
    finally:
        path.parent.chmod(0o755)
    assert names(path.parent) == ["model.py"]


@pytest.mark.parametrize("step", ["fsync", "chown"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_file_and_nothing_else(path, monkeypatch, step, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(type(error)):
        write_document(path, b"old", b"new")
    assert path.read_bytes() == b"old"
    assert names(path.parent) == ["model.py"]

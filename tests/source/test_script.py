"""Scripts: bytes in, text, bytes out; encodings, newlines, places."""

import encodings.aliases

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from kerasfix.cli import main
from kerasfix.source import Location, UnreadableFile, open_document, read_document


def round_trip(data, path="a.py"):
    document = read_document(data, path)
    return document.encode(document.replace({}))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a = 1",
        b"a = 1\r\nb = 2\r\n",
        b"a = 1\rb = 2\n\r\n",
        b"\xef\xbb\xbfa = '\xc3\xa4'\n",
        b"# -*- coding: latin-1 -*-\na = '\xe4'\n",
        b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\na = '\x80'\n",
        b"\n# coding: gbk\na = '\xc4\xe3'\n",
        b"a = '\x0c\xc2\x85\xe2\x80\xa8'\n",
        b"\xef\xbb\xbf# coding: utf-8\r\na = 1\r\n",
    ],
)
def test_round_trip(data):
    assert round_trip(data) == data


@given(st.binary(max_size=60).map(lambda data: data.replace(b"\0", b"")))
def test_any_bytes_come_back_or_are_refused(data):
    try:
        assert round_trip(data) == data
    except UnreadableFile:
        with pytest.raises((UnicodeDecodeError, LookupError)):
            data.decode(read_encoding(data))


def read_encoding(data):
    """What Python itself takes the encoding to be; UTF-8 where it refuses."""
    import io
    import tokenize

    try:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError:
        return "utf-8"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"# coding: latin-1\na = '\xe4'", "latin-1"),
        (b"# comment\n# coding: latin-1\na = '\xe4'", "latin-1"),
        (b"# one\n# two\n# coding: latin-1\na = 1", "utf-8"),
        (b"a = 1\n# coding: latin-1\n", "utf-8"),
        (b"a = '# coding: latin-1'\n", "utf-8"),
        (b"", "utf-8"),
    ],
)
def test_coding_comment(data, encoding):
    assert read_document(data, "a.py").encoding == encoding


def test_a_long_first_line_is_searched_to_its_end():
    data = b"#" + b" " * 2000 + b"\n# coding: latin-1\n'\xe4'"
    assert read_document(data, "a.py").encoding == "latin-1"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a = '\xe4'\n", "not valid UTF-8 (byte 0xe4 at offset 5)"),
        (b"\xef\xbb\xbfa = '\xe4'\n", "not valid UTF-8 (byte 0xe4 at offset 8)"),
        (b"# coding: nonsense\n", "unknown encoding 'nonsense'"),
        (b"# coding: rot13\n", "unknown encoding 'rot13'"),
        (b"a = 1\0\n", "null bytes"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "byte order mark"),
    ],
)
def test_unreadable(data, message):
    with pytest.raises(UnreadableFile) as caught:
        read_document(data, "a.py")
    assert message in str(caught.value)


def test_a_character_the_encoding_does_not_have():
    document = read_document(b"# coding: ascii\na = 1\n", "a.py")
    with pytest.raises(UnicodeEncodeError):
        document.encode("# coding: ascii\na = 'ä'\n")


def test_replace():
    document = read_document(b"\xef\xbb\xbfa = 1\r\n", "a.py")
    (source,) = document.sources
    assert source.text == "a = 1\r\n"
    assert document.encode(document.replace({source: "b = 2\r\n"})) == b"\xef\xbb\xbfb = 2\r\n"


@pytest.mark.parametrize(
    ("text", "part", "row", "column"),
    [
        ("a\nbc\n", "c", 2, 2),
        ("a\r\nbc\r\n", "c", 2, 2),
        ("a\rbc\r", "c", 2, 2),
        ("a\x0cb\u2028\x85c", "c", 1, 6),  # these end lines for str.splitlines, but not for Python
        ("ä𝒳c", "c", 1, 3),
        ("a\n", "", 1, 1),
    ],
)
def test_locate(text, part, row, column):
    document = read_document(text.encode(), "a.py")
    assert document.locate(document.sources[0], text.index(part)) == Location(None, row, column)


def test_locate_the_end():
    document = read_document(b"a\nb", "a.py")
    assert document.locate(document.sources[0], 3) == Location(None, 2, 2)


def test_lines():
    (source,) = read_document(b"a\r\nb\rc\n\nlast", "a.py").sources
    assert [source.line(row) for row in range(5)] == ["a", "b", "c", "", "last"]


def test_open_document(tmp_path):
    path = tmp_path / "a.py"
    path.write_bytes(b"a = 1\r\n")
    document = open_document(path, "shown.py")
    assert (document.path, document.text) == ("shown.py", "a = 1\r\n")
    assert open_document(path).path == str(path)


CODECS = sorted({*encodings.aliases.aliases.values(), "utf_8_sig", "undefined", "mbcs", "cp65001"})


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_that_a_comment_can_name(codec, tmp_path):
    """The file is fixed in its own encoding, or left as it is with a reason."""
    path = tmp_path / "a.py"
    head, foot = f"# coding: {codec}\nimport keras\n", "print(Dense)  # é\n"
    if not _can_encode(codec, foot):
        foot = "print(Dense)\n"
    known = _can_encode(codec, head + foot)
    data = (head + foot).encode(codec if known else "utf-8")
    path.write_bytes(data)
    result = CliRunner().invoke(main, ["check", "--isolated", "-n", "--fix", str(path)])
    assert "internal error" not in result.stderr
    assert "Traceback" not in result.output
    fixed = path.read_bytes()
    if result.exit_code == 2:
        assert result.stderr.startswith(f"error: {path}: ")
        assert fixed == data
    elif fixed != data:
        assert fixed == (head + "from keras.layers import Dense\n" + foot).encode(codec)
    else:  # read by its comment it says nothing of Keras, to Python too
        assert b"import keras" not in data


def _can_encode(codec, text):
    try:
        text.encode(codec)
    except (LookupError, UnicodeError, AttributeError):
        return False
    return True

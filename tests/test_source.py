"""Files as text: what comes back byte for byte, where nodes stand in characters, and why a file cannot be read."""

from __future__ import annotations

import ast
import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods.reading.source import Source, UnreadableError, first_line, read_source


def refusal_of(codec: str) -> str:
    """The words in which this Python's codec refuses; they differ from version to version."""
    try:
        b"x".decode(codec)
    except UnicodeError as error:
        return str(error)
    raise AssertionError(f"{codec} decodes")


def read(text: str, encoding: str = "utf-8") -> Source:
    return read_source("a.py", text.encode(encoding))


CAUSES = ("does not parse: ", "has an unknown encoding: ", "is not ", "does not come back", "nests too deeply")


def read_or_fault(data: bytes) -> tuple[Source | None, UnreadableError | None]:
    try:
        return read_source("a.py", data), None
    except UnreadableError as error:
        return None, error


@pytest.mark.parametrize(
    ("data", "encoding", "newline"),
    [
        pytest.param(b"", "utf-8", "\n", id="nothing"),
        pytest.param(b"a = 1\nb = 2\n", "utf-8", "\n", id="LF"),
        pytest.param(b"a = 1\r\nb = 2\r\n", "utf-8", "\r\n", id="CRLF"),
        pytest.param(b"a = 1\rb = 2\r", "utf-8", "\r", id="CR"),
        pytest.param(b"a = 1\r\nb = 2\nc = 3\r\n\r", "utf-8", "\r\n", id="mostly CRLF"),
        pytest.param(b"a = 1", "utf-8", "\n", id="no final newline"),
        pytest.param(b"a = 1\r\nb = 2", "utf-8", "\r\n", id="CRLF and no final newline"),
        pytest.param(b"\x0ca = 1\n\x0c\nif a:\n\tb = 2\n", "utf-8", "\n", id="form feeds and tabs"),
        pytest.param(codecs.BOM_UTF8 + b"a = 1\n", "utf-8-sig", "\n", id="byte order mark"),
        pytest.param(b"# -*- coding: latin-1 -*-\na = '\xe9'\n", "iso-8859-1", "\n", id="latin-1"),
        pytest.param(b"#!/usr/bin/python\r# coding: cp1252\ra = '\x80'\r", "cp1252", "\r", id="declared on line 2, CR"),
        pytest.param(b"a = 1\r# coding: nonsense\r", "utf-8", "\r", id="what declares nothing after code, CR"),
        pytest.param("# coding: koi8-r\na = 'да'\n".encode("koi8-r"), "koi8-r", "\n", id="koi8-r"),
        pytest.param("# coding: shift_jis\na = '値'\n".encode("shift_jis"), "shift_jis", "\n", id="shift_jis"),
        pytest.param("a = 'é\u2028\x85'\n".encode(), "utf-8", "\n", id="separators that end no line"),
    ],
)
def test_a_file_comes_back_byte_for_byte(data: bytes, encoding: str, newline: str) -> None:
    source = read_source("a.py", data)
    assert (source.encode(source.text), source.encode("".join(source.lines))) == (data, data)
    assert (source.encoding, source.newline) == (encoding, newline)


PIECES = [
    "a = 1",
    "if a:",
    "    b = 'é'",
    "\tb = 2",
    "# ünï",
    "'''",
    "s = '''x",
    "\x0c",
    "\u2028",
    "\x1c",
    "\n",
    "\r\n",
    "\r",
    "\n\r",
    "\\",
    "x = '\U0001f600' + y",
    "(",
    ")",
    " ",
    "\0",
    "# coding: latin-1",
    "# coding: nonsense",
    "\ufeff",
]


@given(st.lists(st.sampled_from(PIECES)).map("".join), st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "utf-16"]))
def test_any_text_comes_back_or_is_named_with_its_line_and_cause(text: str, encoding: str) -> None:
    data = text.encode(encoding, errors="replace")
    source, error = read_or_fault(data)
    if source is not None:
        assert source.encode("".join(source.lines)) == data
        assert not any("\n" in line.rstrip("\r\n") for line in source.lines)
    else:
        assert error is not None
        assert (error.path, str(error)) == ("a.py", f"a.py:{error.line}: {error.cause}")
        assert 1 <= error.line <= len(data) + 1
        assert error.cause.startswith(CAUSES)


@given(st.lists(st.sampled_from([piece for piece in PIECES if piece not in "()\\'''\0\ufeff"])).map("".join))
def test_lines_are_counted_as_the_parser_counts_them(text: str) -> None:
    try:
        source = read(text + "\nlast = 1\n")
    except UnreadableError:
        return
    last = source.tree.body[-1]
    assert source.line_text(last.lineno) == "last = 1"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(b"a = 1\nb = = 2\n", "a.py:2: does not parse: invalid syntax", id="syntax"),
        pytest.param(
            b"try:\n    a\n    print 'x'\nexcept E, e:\n    b\n",
            "a.py:3: does not parse: Missing parentheses in call to 'print'. Did you mean print(...)?",
            id="Python 2",
        ),
        pytest.param(
            b"a = 1\r\rb = '\0'\r",
            "a.py:3: does not parse: source code string cannot contain null bytes",
            id="null byte",
        ),
        pytest.param(b"a = 1\nb = '\xe9'\n", "a.py:2: is not utf-8: invalid continuation byte", id="not UTF-8"),
        pytest.param(
            b"#!x\r\n# \xe9\r\n", "a.py:2: is not utf-8: invalid continuation byte", id="not UTF-8 at the top"
        ),
        pytest.param(b"a = 1\r'\xff'\r", "a.py:2: is not utf-8: invalid start byte", id="not UTF-8 after CR"),
        pytest.param(
            b"# coding: nonsense\na = 1\n",
            "a.py:1: has an unknown encoding: unknown encoding: nonsense",
            id="unknown encoding",
        ),
        pytest.param(
            b"#!x\n# coding: nonsense\n",
            "a.py:2: has an unknown encoding: unknown encoding: nonsense",
            id="unknown encoding on line 2",
        ),
        pytest.param(
            b"# coding: undefined\n",
            f"a.py:1: has an unknown encoding: {refusal_of('undefined')}",
            id="a codec that decodes nothing",
        ),
        pytest.param(
            b"# coding: rot13\n",
            "a.py:1: has an unknown encoding: 'rot13' is not a text encoding; "
            "use codecs.decode() to handle arbitrary codecs",
            id="a codec that is no encoding",
        ),
        pytest.param(
            codecs.BOM_UTF8 + b"# coding: latin-1\n",
            "a.py:1: has an unknown encoding: encoding problem: utf-8",
            id="a mark that contradicts the declaration",
        ),
        pytest.param(
            b"# coding: unicode_escape\na = '\\x41'\n",
            "a.py:1: does not come back byte for byte from unicode_escape",
            id="an encoding that writes other bytes",
        ),
        pytest.param(b"a = " + b"-" * 50_000 + b"1\n", "a.py:1: nests too deeply to be parsed", id="too deep"),
        pytest.param(
            b"a = 1\nb = " + b"(" * 250 + b")" * 250 + b"\n",
            "a.py:2: does not parse: too many nested parentheses",
            id="too many parentheses",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line_and_cause(data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        read_source("a.py", data)
    assert str(raised.value) == sentence


def test_warnings_of_the_parser_are_not_ours() -> None:
    assert read("a = '\\d' is 1\n").line_text(1) == "a = '\\d' is 1"


def test_columns_count_characters() -> None:
    source = read("größe = '😀', b\nplain = c\n")
    names = {node.id: node for node in ast.walk(source.tree) if isinstance(node, ast.Name)}
    b, c = names["b"], names["c"]
    assert [source.column(n.lineno, n.col_offset) for n in (b, c)] == [13, 8]
    assert (b.col_offset, source.lines[0][13], source.lines[1][8]) == (18, "b", "c")


def test_a_column_of_no_line_is_what_was_asked_for() -> None:
    assert read("a = 1\n").column(7, 3) == 3


def test_the_text_of_a_line_that_is_not_there_is_empty() -> None:
    source = read("  # one\n")
    assert [source.line_text(line) for line in (0, 1, 2)] == ["", "# one", ""]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_segment_is_the_text_of_its_node(newline: str) -> None:
    text = newline.join(["x = 'é', f(1,", "  # ä", "  'ü', 2)  # end", ""])
    source = read(text)
    assign = source.tree.body[0]
    assert isinstance(assign, ast.Assign)
    assert isinstance(assign.value, ast.Tuple)
    word, call = assign.value.elts
    assert source.segment(word) == "'é'"
    assert source.segment(call) == newline.join(["f(1,", "  # ä", "  'ü', 2)"])
    assert source.segment(assign) == text[: text.index("  # end")]


@pytest.mark.parametrize(
    ("text", "indent"),
    [
        ("a = 1\n", "    "),
        ("if a: b\n", "    "),
        ("if a:\n  b\n", "  "),
        ("def f():\n\treturn 1\n", "\t"),
        ("class A:\n   @x\n   def f(self):\n         pass\n", "   "),
        ("if a:\n\x0c  b\n", "\x0c  "),
        ("x = [y for\n      y in z]\nwhile 1:\n        break\n", "        "),
        ("if a: b\nelse:\n  c\n", "    "),
    ],
)
def test_the_indent_is_the_files_own_or_four_spaces(text: str, indent: str) -> None:
    assert read(text).indent == indent


def test_a_decorated_definition_begins_at_its_first_decorator() -> None:
    source = read("@a\n@b(\n  1)\ndef f(): pass\n\n@c\nclass D: pass\n\nx = 1\n")
    assert [first_line(node) for node in source.tree.body] == [1, 6, 9]
    assert source.indent_of(source.tree.body[0]) == ""


def test_a_file_allows_the_lines_that_it_has() -> None:
    assert read("a = 1\n").width == 88
    assert read("#" + "-" * 119 + "\r\n").width == 120

"""Text from a repository on its way to a terminal: nothing in it steers one."""

from __future__ import annotations

import io

import pytest

from migrator.report.plain import columns, wrapped
from migrator.report.visible import VisibleStream, one_line, unsafe, visible

TEXTS = {
    "a colour": ("a\x1b[31mb", "a\\x1b[31mb"),
    "a title and a bell": ("\x1b]0;x\x07", "\\x1b]0;x\\x07"),
    "a line taken back": ("good\rbad", "good\\x0dbad"),
    "a line of the 8-bit kind": ("a\x9b2Jb", "a\\x9b2Jb"),
    "another direction": ("a\u202eb", "a\\u202eb"),
    "nothing to see": ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
    "a byte that is not UTF-8": ("caf\udce9", "caf\\xe9"),
    "plain text": ("naïve 日本\tx\n", "naïve 日本\tx\n"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_steers_a_terminal_is_spelt_out(name: str) -> None:
    text, shown = TEXTS[name]
    assert visible(text) == shown


def test_each_character_that_steers_is_spelt_out_by_itself() -> None:
    every = "".join(map(chr, range(0x110000)))
    steering = unsafe().findall(every)
    assert len(steering) > 2000
    assert [each for each in steering if visible(each) == each] == []


def test_a_line_stays_one_line() -> None:
    assert one_line("a\nb\u2028c\x1b\td") == "a b c\\x1b d"
    assert wrapped("a\nb\x1b") == ["  a b\\x1b"]
    assert columns(["name", "n"], [["a\nb\x1b", "1"]]) == ["name    n", "a b\\x1b 1"]


def test_a_stream_lets_text_and_our_own_colours_pass_and_nothing_else() -> None:
    raw = io.BytesIO()
    stream = VisibleStream(io.TextIOWrapper(raw, "ascii"))
    stream.write("\x1b[31mfailed\x1b[0m \x1b[2m# why\x1b[m \x1b[1m\x1b[m\x1b[8m\x1b[2J \udcff é\n")
    stream.flush()
    assert raw.getvalue() == b"\x1b[31mfailed\x1b[0m \x1b[2m# why\x1b[m \x1b[1m\x1b[m\\x1b[8m\\x1b[2J \\xff \\xe9\n"

"""Names that are only partly known, against an oracle that tries every short string."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase, translate
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods.reading.globs import covers, is_literal, overlap

LETTERS = "ab.]"
STRINGS = ["".join(letters) for length in range(5) for letters in product(LETTERS, repeat=length)]
PIECES = ["a", "b", ".", "*", "?", "[ab]", "[!a]", "[]a]", "[!]]", "[", "]", "[!]", "[]"]
GLOBS = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
STARRED = st.lists(st.sampled_from(["a", "b", ".", "*"]), max_size=5).map("".join)


def matched(pattern: str) -> set[str]:
    """Every short string that a glob matches."""
    match = re.compile(translate(pattern)).match
    return {text for text in STRINGS if match(text)}


@given(GLOBS, GLOBS)
def test_globs_with_a_common_string_overlap(one: str, other: str) -> None:
    if matched(one) & matched(other):
        assert overlap(one, other)
        assert overlap(other, one)


@given(STARRED, STARRED)
def test_globs_of_stars_that_overlap_have_a_common_string(one: str, other: str) -> None:
    """Without sets the answer is exact; the longest string that is needed has the letters of both."""
    letters = [letter for letter in one + other if letter != "*"]
    common = (
        "".join(text)
        for length in range(len(letters) + 1)
        for text in product(sorted(set(letters)) or "a", repeat=length)
        if length <= 4
    )
    if len(letters) <= 4:
        assert overlap(one, other) == any(fnmatchcase(t, one) and fnmatchcase(t, other) for t in common)


@given(GLOBS, GLOBS)
def test_what_covers_a_name_matches_all_that_it_stands_for(pattern: str, name: str) -> None:
    stands_for = {name} if is_literal(name) else matched(name)
    if covers(pattern, name):
        assert all(fnmatchcase(text, pattern) for text in stands_for)


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("*", "risk.*", True),
        ("risk.*", "risk.*", True),
        ("risk.*", "risk.limit.*", True),
        ("risk.*", "risk.", True),
        ("risk.*", "risk", False),
        ("*.limit", "risk.*.limit", True),
        ("risk.*.limit", "risk.*", False),
        ("risk.limit", "risk.*", False),
        ("r?sk.*", "risk.*", False),
        ("r?sk.*", "risk.limit", True),
        ("risk.[ab]", "risk.a", True),
        ("risk.a", "risk.[a]", False),
    ],
)
def test_a_pattern_covers_a_name_only_where_that_is_certain(pattern: str, name: str, expected: bool) -> None:
    assert covers(pattern, name) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("*", "", True),
        ("*", "*", True),
        ("a*", "*b", True),
        ("a*", "b*", False),
        ("ticks.?", "ticks.", False),
        ("ticks.?", "ticks.a", True),
        ("ticks.[ab]", "ticks.c", True),  # too careful, as it says
        ("[]a]", "a", True),
        ("[!]", "x", False),
        ("a\nb", "a*b", True),
        ("*a*b*c*", "*c*b*a*", True),
    ],
)
def test_two_globs_overlap_where_one_name_matches_both(one: str, other: str, expected: bool) -> None:
    assert overlap(one, other) is expected


@pytest.mark.parametrize(
    ("name", "literal"), [("risk.limit", True), ("risk.*", False), ("risk?", False), ("[a", False)]
)
def test_a_name_with_marks_is_no_literal(name: str, literal: bool) -> None:
    assert is_literal(name) is literal

"""Words are found where they stand by themselves, whichever way they are looked for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods.reading.words import search_for, words_in

WORDS = [b"bus", b"Bus", b"BusMessage", b"get_bus", b"_shared", b"get_shared", b"Fee1Store", b"XYZ", b"x", b"store_2"]
PIECES = [
    *WORDS,
    b"_",
    b".",
    b" ",
    b"\n",
    b"a",
    b"9",
    b"\xe9",
    b"(",
    b"Bus Message",
    b"Fee1 Store",
    b"F1S",
    b"BM",
    b"XY",
]


@given(st.lists(st.sampled_from(WORDS), unique=True), st.lists(st.sampled_from(PIECES), max_size=12))
def test_a_word_is_found_exactly_where_it_stands_alone(words: list[bytes], pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    alone = [re.search(rb"(?<![A-Za-z0-9_])%s(?![A-Za-z0-9_])" % word, data) for word in words]
    assert search_for(words)(data) is any(alone)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_found_in_the_middle_of_a_large_text_and_its_neighbours_are_not(word: bytes) -> None:
    filler = b"the quick brown fox Jumps Over 12 lazy dogs\n" * 3000
    has_word = search_for(WORDS)
    assert has_word(filler + b"self." + word + b"(1)\n" + filler)
    assert not has_word(filler + b"self." + word + b"9(1) a" + word + b"\n" + filler)


@given(st.lists(st.binary(min_size=1, max_size=4), unique=True), st.binary(max_size=60))
def test_of_any_words_those_are_found_that_stand_anywhere_in_the_bytes(words: list[bytes], data: bytes) -> None:
    found = words_in(words)(data)
    assert sorted(found) == sorted(word for word in words if word in data)


@given(st.lists(st.sampled_from(WORDS), unique=True), st.lists(st.sampled_from(PIECES), max_size=12))
def test_a_word_is_found_as_a_part_of_another_too(words: list[bytes], pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    assert sorted(words_in(words)(data)) == sorted(word for word in words if word in data)


def test_hundreds_of_words_are_told_apart() -> None:
    words = [f"{first}{number}{last}".encode() for first in "ab" for number in range(200) for last in ("Fee", "_lock")]
    find = words_in(words)
    for word in words:
        assert find(b"x = " + word + b"()") == [word]

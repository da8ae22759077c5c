"""Words are found where they stand by themselves, whichever way they are looked for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods.reading.words import by_part, search_for

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


def test_words_that_share_a_long_part_are_together() -> None:
    words = [b"BufferedMessageBusClient", b"dual_bus_client", b"redis", b"MessageBusConfig", b"old_bus_client"]
    words += [b"cfg", b"get_cfg", b"gets"]
    assert by_part(words) == [
        (b"MessageBusC", [b"BufferedMessageBusClient", b"MessageBusConfig"]),
        (b"_bus_client", [b"dual_bus_client", b"old_bus_client"]),
        (b"redis", [b"redis"]),
        (b"cfg", [b"cfg", b"get_cfg"]),
        (b"gets", [b"gets"]),
    ]

"""Of many modules, those are searched for a word that may hold it."""

from __future__ import annotations

import pytest

from codemods.reading.outline import read_module
from codemods.reading.source import read_source
from codemods.reading.where import MANY, Where

FOLDED = "\ufb01eld = 1\n"  # a ligature: the parser reads `field`


def where(*texts: str, count: int = MANY) -> Where:
    """These modules, and so many without a word of theirs that there are enough of them."""
    every = [*texts, *["nothing = 0\n"] * (count - len(texts))]
    return Where(
        read_module(read_source(f"m{number}.py", text.encode()), f"m{number}") for number, text in enumerate(every)
    )


def names(found: Where, *words: str) -> list[str]:
    return [module.name for module in found.holding(*words)]


def test_a_word_is_held_where_it_stands_by_itself() -> None:
    found = where("bus = 1\n", "client.bus\n", "buses = 2\n", "x = 'a bus'\n", "# bus\n")
    assert names(found, "bus") == ["m0", "m1", "m3", "m4"]


def test_several_words_are_held_in_the_order_of_the_modules() -> None:
    found = where("store = 1\n", "bus = 1\n", "store = bus\n")
    assert names(found, "store", "bus") == names(found, "bus", "store") == ["m0", "m1", "m2"]


def test_a_word_that_stands_nowhere_is_held_by_none() -> None:
    assert names(where("bus = 1\n"), "store") == []


def test_a_module_that_the_parser_reads_otherwise_may_hold_any_word() -> None:
    assert names(where("bus = 1\n", FOLDED), "bus") == ["m0", "m1"]
    assert names(where("bus = 1\n", FOLDED), "field") == ["m1"]


@pytest.mark.parametrize("word", ["a.b", "", "two words"])
def test_what_is_no_word_may_be_anywhere(word: str) -> None:
    assert len(names(where("bus = 1\n"), word)) == MANY


def test_a_few_modules_are_all_searched() -> None:
    assert len(names(where("bus = 1\n", count=MANY - 1), "store")) == MANY - 1

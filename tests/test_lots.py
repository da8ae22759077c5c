"""Texts that are looked at some at a time: what is found is what a look at each of them finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from gitrepo import make_repo

from codemods.reading.lots import having, lots, walk
from codemods.reading.words import search_for
from migrator.repo import Repository
from migrator.texts import Texts

WORDS = [b"bus", b"Bus12Store", b"get_bus", b"blob"]  # the last stands in each line that git writes before a text
PARTS = ["x = 1\n", "self.bus\n", "Bus12Store()\n", "get_bus", "a.blob\n", "# bus9\n", "blobs = []\n" * 3000]


def files_of(seed: int) -> dict[str, bytes]:
    chance = Random(seed)
    weights = [20, 1, 1, 1, 1, 5, 1]
    count = range(120)
    return {
        f"m{number:03}.py": "".join(chance.choices(PARTS, weights, k=chance.randrange(8))).encode() for number in count
    }


def texts_of(root: Path) -> Texts:
    repository = Repository.open(root)
    return Texts.of(repository, repository.list_files(repository.resolve("main")))


def some(paths: Iterator[str] | dict[str, bytes], chance: Random) -> list[str]:
    return [path for path in paths if chance.randrange(4)]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("word", WORDS)
def test_what_is_found_in_lots_is_what_is_found_in_each_text(tmp_path: Path, seed: int, word: bytes) -> None:
    files = files_of(seed)
    texts, has_word, wanted = texts_of(make_repo(tmp_path, files)), search_for([word]), some(files, Random(seed))
    expected = [(path, files[path]) for path in wanted if has_word(files[path])]
    assert [*having(texts, wanted, has_word)] == [*having(files, wanted, has_word)] == expected


@pytest.mark.parametrize("seed", range(5))
def test_a_lot_holds_its_texts_and_nothing_else_but_the_lines_before_them(tmp_path: Path, seed: int) -> None:
    files = files_of(seed)
    texts, wanted = texts_of(make_repo(tmp_path, files)), some(files, Random(seed))
    assert [*walk(texts, wanted)] == [*walk(files, wanted)] == [(path, files[path]) for path in wanted]
    for lot in lots(texts, wanted):
        held = lot.spans[-1][1] - lot.spans[0][0]
        assert held <= sum(len(files[path]) for path in lot.paths) + 100 * (len(lot.paths) - 1)

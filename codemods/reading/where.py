"""In which modules of a program a word stands, so that not every one of many is searched for every word."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from codemods.reading.scopes import Module

MANY = 40
"""Modules from which on the words of all are listed once. A few are searched sooner than that."""

_WORD = re.compile(r"\w+")


class Where:
    """Says of a word where it may stand; each of these modules is then searched for it."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self._modules = list(modules)
        self._folded: list[int] = []  # those that the parser reads otherwise than they are written
        self._found: dict[str, list[int]] = {}

    def holding(self, *words: str) -> Sequence[Module]:
        """The modules that may hold one of the words by itself, in their order; none that does is left out."""
        if len(self._modules) < MANY or not all(map(_WORD.fullmatch, words)):
            return self._modules
        if not self._found:
            self._list()
        numbers = {*self._folded}.union(*(self._found.get(word, ()) for word in words))
        return [self._modules[number] for number in sorted(numbers)]

    def _list(self) -> None:
        self._found = defaultdict(list)
        for number, module in enumerate(self._modules):
            if not module.is_plain:
                self._folded.append(number)
            for word in set(_WORD.findall(module.source.text)):
                self._found[word].append(number)

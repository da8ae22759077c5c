"""Looks for words in the bytes of many texts, most of which have none of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from string import ascii_letters
from typing import NamedTuple

Likely = Callable[[bytes], Sequence[bytes]]
"""One pass over a text: those of its words of which one may stand in it, most often none."""

SHARES = {
    " ": 27.2, "e": 7.0, "t": 4.8, "s": 4.0, "r": 3.8, "a": 3.8, "n": 3.6, "i": 3.5, "o": 3.5, "\n": 2.9,
    "l": 2.7, "d": 2.0, "c": 1.9, "p": 1.8, "_": 1.7, "f": 1.7, ",": 1.6, "u": 1.5, "m": 1.4, '"': 1.3,
    ".": 1.3, "h": 1.1, "(": 1.0, ")": 1.0, "g": 0.9, "y": 0.8, ":": 0.8, "b": 0.7, "=": 0.7, "x": 0.5,
    "w": 0.4, "v": 0.4, "k": 0.4, "0": 0.3, "T": 0.3,
}  # fmt: skip
"""How many of 100 bytes of Python are this one, measured on 56 MB of packages; any other is RARE."""
RARE = 0.2

LETTER, ALONE, EACH = 0.3, 0.04, 0.12
"""Milliseconds for a MB that a pass by one letter takes, and what each percent of it adds for one word and for more."""
PLAIN, SHORT = 0.22, 1.6
"""The same of a plain search, and what is added for a word of one byte: long ones are found sooner."""

_INSIDE = frozenset(bytes([each]) for each in b"_0123456789" + ascii_letters.encode())
"""What next to a word makes it a part of a longer one."""


def words_in(words: Iterable[bytes]) -> Callable[[bytes], list[bytes]]:
    """Says of a text which of the words stand in it, be it as parts of others.

    A search for each takes 0.25 to 0.75 ms/MB, a pattern of several 4. So words that share a letter that is none of
    the commonest are looked for by that letter, all of them in one pass of 0.4 to 0.6.
    """
    passes = list(_passes(words))

    def find(data: bytes) -> list[bytes]:
        return [word for likely in passes for word in likely(data) if word in data]

    return find


def search_for(words: Iterable[bytes]) -> Callable[[bytes], bool]:
    """Says of a text whether one of the words stands in it by itself."""
    find = words_in(words)
    return lambda data: any_alone(find(data), data)


def any_alone(words: Iterable[bytes], data: bytes) -> bool:
    """Whether one of these words stands in a text by itself."""
    return any(_stands_alone(word, data) for word in words)


def _stands_alone(word: bytes, data: bytes) -> bool:
    at = data.find(word)
    while at >= 0:
        before, after = data[max(0, at - 1) : at], data[at + len(word) : at + len(word) + 1]
        if before not in _INSIDE and after not in _INSIDE:
            return True
        at = data.find(word, at + 1)
    return False


# how they are looked for


class _Pass(NamedTuple):
    """A way to look for some of the words."""

    cost: float  # in ms/MB
    words: Sequence[bytes]  # that it finds
    make: Callable[[Sequence[bytes]], Likely]


def _passes(words: Iterable[bytes]) -> Iterator[Likely]:
    """Passes over a text that find all of these words, and take little time together."""
    left = list(dict.fromkeys(words))
    while left:
        best = min(_choices(left), key=lambda choice: choice.cost / len(choice.words))
        yield best.make(best.words)
        found = set(best.words)
        left = [word for word in left if word not in found]


def _choices(words: Sequence[bytes]) -> Iterator[_Pass]:
    """A pass for each word by itself, and for each letter with what has it."""
    by_letter: dict[int, list[bytes]] = defaultdict(list)
    for word in words:
        yield _Pass(PLAIN + SHORT / len(word), [word], _plainly)
        for letter in dict.fromkeys(word[:-1]):
            by_letter[letter].append(word)
    for letter, found in by_letter.items():
        share = SHARES.get(chr(letter), RARE) * (EACH if len(found) > 1 else ALONE)
        yield _Pass(LETTER + share, found, partial(_by_one_letter, letter))


def _plainly(words: Sequence[bytes]) -> Likely:
    (word,) = words
    return lambda data: words if word in data else ()


def _by_one_letter(letter: int, words: Sequence[bytes]) -> Likely:
    """Wherever the letter stands, the words that have it are compared with what stands around it."""
    by_next: dict[bytes, list[bytes]] = defaultdict(list)
    for word in words:
        after = word[_rarely_followed(word, letter) + 1 :]
        by_next[after[:1]].append(re.escape(after[1:]) + (b"(?<=%s)" % re.escape(word)))
    rests = (re.escape(first) + b"(?:" + b"|".join(rests) + b")" for first, rests in by_next.items())
    search = re.compile(re.escape(bytes([letter])) + b"(?:" + b"|".join(rests) + b")").search
    return lambda data: () if search(data) is None else words


def _rarely_followed(word: bytes, letter: int) -> int:
    """Where in a word the letter is before the rarest other one."""
    places = [at for at, each in enumerate(word[:-1]) if each == letter]
    return min(places, key=lambda at: SHARES.get(chr(word[at + 1]), RARE))

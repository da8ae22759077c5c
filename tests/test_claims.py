"""What the second account of an order says of a wrong result: what was to be there, what is, and where."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE
from mutants import RAW_ENGINE, WRAPPER_ENGINE
from mutants_of_shapes import SERVED_ENGINE
from spoilt import mutated

from codemods.model import Fault

CLIENT = (f"{SERVICE}:7 redis.Redis",)
TICKS = '        {}client.{}xadd("raw-ticks", {{"v": value}}, maxlen={})\n'
WAS = TICKS.format("", "", "MAXLEN").rstrip()


def test_the_smallest_statement_shows_the_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    result = mutated(monkeypatch, RAW_ENGINE, "maxlen=MAXLEN", "maxlen=10")
    is_now = TICKS.format("await ", "marketdata_client.", "10").rstrip()
    said = "`MAXLEN` was to be here, and `10` is"
    assert result.faults == (Fault("claims", SERVICE, 9, said, WAS, is_now, CLIENT),)


def test_of_long_pieces_of_code_that_part_is_said_which_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    result = mutated(monkeypatch, RAW_ENGINE, ", maxlen=MAXLEN", "")
    assert [fault.sentence for fault in result.faults] == [
        "`... ticks', {'v': value}, maxlen=MAXLEN)` was to be here, and `... ticks', {'v': value})` is"
    ]


def test_a_statement_that_came_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    handled = "                await self.on_price(message)\n"
    (fault,) = mutated(monkeypatch, WRAPPER_ENGINE, handled, handled * 2).faults
    assert fault.sentence == "`await self.on_price(message)` is here, and nothing was to be"


def test_a_statement_that_is_lost_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    (fault,) = mutated(monkeypatch, SERVED_ENGINE, "    yield\n    await engine.stop()\n", "    yield\n").faults
    assert fault.sentence == "`await engine.stop()` was to be here, and is not"


def test_a_long_statement_is_cut_off_where_it_shows_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f'            "k{number}": {number},\n' for number in range(20))
    text = RAW_ENGINE.replace('{"first": first[0]}', f"{{\n{rows}        }}")
    (fault,) = mutated(monkeypatch, text, '"k7": 7', '"k7": 8').faults
    assert (fault.sentence, fault.before.count("\n"), fault.before[-4:]) == (
        "`7` was to be here, and `8` is",
        12,
        "\n...",
    )

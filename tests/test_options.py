"""A client whose arguments a table holds: the table is read where nothing changes it."""

from __future__ import annotations

import pytest
from engines_of_one import assert_held, change, slug, text_after
from stream_engines import engine

from codemods.model import Verdict

UNKNOWN = "the client's arguments are unpacked, so its server cannot be told"
AT_HOME = 'host="localhost", decode_responses=True'
TABLES = {
    "a display": '{"host": "localhost", "port": 6379, "decode_responses": True}',
    "a call of dict": f"dict({AT_HOME})",
    "the environment": 'dict(host=os.getenv("HOST", "localhost"), decode_responses=True)',
}
CHANGED = {
    "a table with another one in it": 'OPTIONS = {"host": "localhost", **os.environ}',
    "a table that is changed": f'OPTIONS = dict({AT_HOME})\nOPTIONS["host"] = "redis"',
    "a table that is bound again": f"OPTIONS = dict({AT_HOME})\nOPTIONS = os.options",
    "a table that is handed on": f"OPTIONS = dict({AT_HOME})\nos.read(OPTIONS)",
    "a table by another dict": f"from os import dict\nOPTIONS = dict({AT_HOME})",
    "a table of pairs": 'OPTIONS = dict([("host", "localhost")])',
}
MADE = "redis.Redis(**OPTIONS)"


@pytest.mark.parametrize("name", TABLES, ids=slug)
def test_a_client_of_a_table_moves(name: str) -> None:
    text = engine(made=MADE, top=f"\nOPTIONS = {TABLES[name]}")
    result = change(text)
    assert (result.questions, result.faults, {site.verdict for site in result.sites}) == ((), (), {Verdict.REWRITE})
    assert "self.redis = await get_dual_bus_client(EngineType.PORTFOLIO)\n" in text_after(result, text)


def test_a_table_in_its_place_moves() -> None:
    assert {site.verdict for site in change(engine(made=f"redis.Redis(**dict({AT_HOME}))")).sites} == {Verdict.REWRITE}


def test_a_table_with_another_server_is_asked_for() -> None:
    text = engine(made=MADE, top='\nOPTIONS = {"host": "elsewhere", "decode_responses": True}')
    assert [question.id for question in change(text).questions] == ["server:elsewhere:6379"]


@pytest.mark.parametrize("name", CHANGED, ids=slug)
def test_a_table_that_is_not_known_is_refused(name: str) -> None:
    assert_held(engine(made=f"{MADE}  # here", top=f"\n{CHANGED[name]}"), Verdict.REFUSE, UNKNOWN)


def test_an_argument_that_is_given_twice_is_refused() -> None:
    text = engine(made='redis.Redis(host="redis", **OPTIONS)  # here', top=f"\nOPTIONS = dict({AT_HOME})")
    assert_held(text, Verdict.REFUSE, UNKNOWN)

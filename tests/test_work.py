"""From texts to a change: what is held back with a file that cannot be read, and what a failed proof takes back."""

from __future__ import annotations

import gc
import weakref

import pytest
from engines_of_one import ENGINE, FOLDER, SERVICE, change, change_texts, settings, slug, texts_of
from msgspec.structs import replace

from codemods.changing import change_and_forget, change_engine
from codemods.model import Change, FileOutcome, Ledger, Verdict
from codemods.reading.scopes import Module
from codemods.settings import Route
from codemods.work import (
    judge_and_forget,
    judge_scan,
    judged_routed,
    judged_units,
    read_contract,
    scan_engine,
    taken_up,
)

TELLER = """\
import os

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Teller:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host=os.getenv("H", "redis")))
        await self.bus.start()

    async def tell(self, payload):
        await self.bus.publish("portfolio.update.x", {"a": 1})
"""
READER = """\
import redis.asyncio as redis


class Reader:
    async def start(self):
        self.redis = redis.Redis(host="localhost", decode_responses=True)

    async def read(self):
        return await self.redis.xlen("raw-ticks")
"""


def holding(result: Change) -> list[tuple[str, Verdict, str]]:
    """The sites that hold their client back by themselves."""
    return [
        (site.where, site.verdict, site.reason)
        for site in result.sites
        if site.verdict in (Verdict.ASK, Verdict.REFUSE) and site.held_by is None
    ]


def test_an_engine_without_anything_legacy_has_an_empty_change() -> None:
    text = "LIMIT = 3\n"
    assert change(text) == Change("portfolio")
    scan = scan_engine(ENGINE, texts_of(text), settings(), read_contract(texts_of(text), settings()))
    assert (scan.court, scan.ends, judge_scan(scan, {})) == (None, (), Change("portfolio"))


def test_every_change_of_an_engine_is_told_and_counted() -> None:
    result = change(TELLER)
    assert result.ledger == Ledger(found=5, rewrite=5) == Ledger.of(result.sites, 5)
    assert [(site.line, site.kind, site.codemod) for site in result.sites] == [
        (3, "import", "imports"),
        (8, "construct", "connections"),
        (8, "config", "connections"),
        (9, "start", "lifecycle"),
        (12, "publish", "publishing"),
    ]
    assert result.files == (FileOutcome(SERVICE, "changed"),)
    assert result.notes == (f"{SERVICE}:8: gone with MessageBusConfig: redis_host=os.getenv('H', 'redis')",)
    assert [(client.kind, client.verdict) for client in result.clients] == [
        ("enhanced_messagebus_client", Verdict.REWRITE)
    ]
    assert [(place.path, place.line) for place in result.sites[-1].evidence] == [
        (SERVICE, 12),
        (SERVICE, 8),
        (SERVICE, 3),
    ]


def test_judging_alone_gives_the_same_verdicts_without_texts() -> None:
    texts = texts_of(READER)
    scan = scan_engine(ENGINE, texts, settings(), read_contract(texts, settings()))
    judged, changed = judge_scan(scan, {}), change_engine(scan, {})
    assert dict(judged.texts) == {}
    assert [site.where for site in judged.sites] == [site.where for site in changed.sites]
    assert [site.verdict for site in judged.sites if site.client] == [Verdict.REWRITE] * 2


def test_whoever_asks_for_the_verdicts_of_a_scan_has_them_for_himself() -> None:
    texts = texts_of(READER)
    scan = scan_engine(ENGINE, texts, settings(), read_contract(texts, settings()))
    first = judged_units(scan, {})
    for case in first[0].cases:
        case.hold(Verdict.REFUSE, "held by its owner")
    assert [[case.verdict for case in unit.cases] for unit in judged_units(scan, {})] == [
        [Verdict.REWRITE, Verdict.REWRITE],
        [Verdict.KEEP],
    ]


UNREADABLE = {
    "a syntax error": (b"import redis\ndef f(:\n", f"{FOLDER}/broken.py:2: does not parse: invalid syntax"),
    "an unknown encoding": (
        b"# coding: klingon\nimport redis\n",
        f"{FOLDER}/broken.py:1: has an unknown encoding: unknown encoding: klingon",
    ),
    "a null byte": (
        b"import redis\n\x00\n",
        f"{FOLDER}/broken.py:2: does not parse: source code string cannot contain null bytes",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE, ids=slug)
def test_a_file_that_cannot_be_read_holds_every_client_of_its_engine(name: str) -> None:
    data, cause = UNREADABLE[name]
    result = change_texts({**texts_of(READER), f"{FOLDER}/broken.py": data})
    assert result.files == (FileOutcome(f"{FOLDER}/broken.py", "failed", cause),)
    reason = f"what this file does with the client is not known: {cause}"
    (first,) = holding(result)
    assert first[1:] == (Verdict.REFUSE, reason)
    assert {site.reason for site in result.sites if site.held_by} == {f"held back: {reason}"}
    assert {site.held_by for site in result.sites if site.held_by} == {first[0]}
    assert (dict(result.texts), result.faults, result.ledger.adds_up) == ({}, (), True)


def test_an_engine_that_cannot_be_read_at_all_says_so() -> None:
    result = change("import redis\ndef f(:\n")
    failed = FileOutcome(SERVICE, "failed", f"{SERVICE}:2: does not parse: invalid syntax")
    assert result == Change("portfolio", files=(failed,))


def test_a_client_whose_proof_fails_is_taken_back_whole_and_the_fault_is_told() -> None:
    """The engine type is wrong here on purpose: the result then uses a name that nothing binds."""
    engine = replace(ENGINE, engine_type="PORTFOLIO, nobody")
    texts = texts_of(TELLER, reader=READER)
    result = change_engine(scan_engine(engine, texts, settings(), read_contract(texts, settings())), {})
    fault = "bound: the result uses the name `nobody`, which nothing binds"
    faults = [f"{FOLDER}/reader.py:6: {fault}", f"{SERVICE}:6: {fault}"]
    assert sorted(map(str, result.faults)) == faults
    assert sorted(reason for _, _, reason in holding(result)) == [f"its proof failed: {each}" for each in faults]
    assert [site for site in result.sites if site.verdict is Verdict.REWRITE] == []
    assert (dict(result.texts), result.ledger.adds_up) == ({}, True)


def test_what_a_second_run_would_change_again_is_a_fault() -> None:
    """No judge looks at a `del` of the import, and the import cannot go."""
    result = change("from enhanced_messagebus_client import MessageBusConfig\n\ndel MessageBusConfig\n")
    fault = f"{SERVICE}:1: again: a second run would rewrite this again (import)"
    assert [*map(str, result.faults)] == [fault]
    assert holding(result) == [(f"{SERVICE}:1", Verdict.REFUSE, f"its proof failed: {fault}")]
    assert (dict(result.texts), result.ledger.adds_up) == ({}, True)


def test_a_new_text_that_the_files_encoding_has_no_form_for_is_a_fault() -> None:
    text = (
        "# coding: latin-1\nfrom enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig\n\n\n"
        "class Engine:\n    async def start(self):\n        self.bus = BufferedMessageBusClient(MessageBusConfig())\n"
        '        await self.bus.start()\n        await self.bus.subscribe("market.data.\\u4e2d", self.on_price)\n\n'
        "    async def on_price(self, message):\n        print(message.payload)\n"
    )
    result = change(text)
    fault = f"{SERVICE}:1: encoded: the new text has no form in iso-8859-1: ordinal not in range(256)"
    assert [*map(str, result.faults)] == [fault]
    assert (dict(result.texts), result.ledger.adds_up) == ({}, True)


def test_a_statement_that_libcst_cannot_take_is_refused_and_no_fault() -> None:
    result = change(TELLER.replace('{"a": 1}', '{"a": ' + "+".join(["1"] * 2000) + "}"))
    ((place, verdict, reason),) = holding(result)
    assert (place, verdict) == (f"{SERVICE}:12", Verdict.REFUSE)
    assert reason == "LibCST cannot read this statement (RecursionError)"
    assert (dict(result.texts), result.faults, result.ledger.adds_up) == ({}, (), True)


def test_one_clients_question_does_not_hold_another_client() -> None:
    result = change(TELLER.replace("portfolio.update.x", "weather"), reader=READER)
    assert list(result.texts) == [f"{FOLDER}/reader.py"]
    assert [question.id for question in result.questions] == ["route:weather"]
    assert {site.verdict for site in result.sites if site.path == SERVICE} == {Verdict.ASK}


def test_a_question_names_every_site_that_waits_for_it() -> None:
    text = TELLER.replace("portfolio.update.x", "weather") + '        await self.bus.publish("weather", {})\n'
    (question,) = change(text).questions
    assert question.sites == (f"{SERVICE}:12", f"{SERVICE}:13")
    assert question.suggestion == 'routes:\n  - {match: "weather", message_type: PORTFOLIO_UPDATE}'  # the engine's own


def test_a_question_suggests_the_nearest_message_type() -> None:
    (question,) = change(TELLER.replace("portfolio.update.x", "margin.calls.all")).questions
    assert question.suggestion == 'routes:\n  - {match: "margin.calls.all", message_type: MARGIN_CALL}'


def test_a_route_that_takes_only_a_part_of_a_topic_is_no_answer() -> None:
    told = replace(settings(), routes=(Route("portfolio.update.x*", message_type="PORTFOLIO_UPDATE"),))
    text = TELLER.replace('"portfolio.update.x"', 'f"portfolio.update.{payload}"')
    (question,) = change(text, told).questions
    assert question.id == "route:portfolio.update.*"
    assert question.suggestion == (
        'routes:\n  # above the route "portfolio.update.x*": what both take is this one\'s then\n'
        '  - {match: "portfolio.update.*", message_type: PORTFOLIO_UPDATE}'
    )
    route = Route("portfolio.update.*", message_type="PORTFOLIO_UPDATE")
    assert [q.id for q in change(text, replace(told, routes=(*told.routes, route))).questions] == [question.id]
    assert change(text, replace(told, routes=(route, *told.routes))).questions == ()


def test_refusing_comes_before_asking() -> None:
    text = TELLER.replace("portfolio.update.x", "weather") + "        await self.bus.shutdown()\n"
    result = change(text)
    held = {site.held_by for site in result.sites if site.held_by}
    assert held == {f"{SERVICE}:13"}
    assert {site.verdict for site in result.sites if site.held_by} == {Verdict.REFUSE}


def test_a_client_that_reaches_a_file_of_no_engine_is_refused() -> None:
    texts = texts_of(
        TELLER.replace("import os\n", "import os\n\nfrom common import tell\n") + "        await tell(self.bus)\n"
    )
    texts["backend/common.py"] = b'# redis\nasync def tell(bus):\n    await bus.publish("portfolio.update.y", {})\n'
    result = change_texts(texts)
    assert ("backend/common.py:3", Verdict.REFUSE, "backend/common.py belongs to no path of portfolio") in holding(
        result
    )
    assert dict(result.texts) == {}


def test_an_import_stays_a_keep_where_libcst_cannot_take_the_statement_that_would_have_freed_it() -> None:
    text = (
        "import redis\n\n\nasync def tell():\n    client = redis.Redis(host='localhost', port=6379)\n"
        f'    client.xadd("client-orders", {{"a": str({" + ".join(["1"] * 700)})}})\n'
    )
    result = change(text)
    assert result.texts == {}
    assert result.faults == ()
    assert [(site.kind, site.verdict.value) for site in result.sites] == [
        ("import", "keep"),
        ("construct", "refuse"),
        ("stream", "refuse"),
    ]
    assert result.ledger.adds_up


def test_a_cluster_client_is_named_and_not_passed_over() -> None:
    result = change('from redis.cluster import RedisCluster\n\nRedisCluster(host="a").xadd("raw-ticks", {})\n')
    assert [(site.kind, site.verdict.value, site.reason) for site in result.sites][1:] == [
        ("redis name", "refuse", "a cluster client is not followed: what it reads and writes is not known"),
        (
            "stream",
            "refuse",
            "what xadd is called on here cannot be followed, so nobody can tell which server it speaks to",
        ),
    ]


@pytest.mark.parametrize("text", [TELLER, READER], ids=["wrapper", "raw"])
def test_the_trees_of_an_engine_that_was_judged_are_gone_without_a_collector(text: str) -> None:
    """A survey of many engines runs without it: whatever holds the trees in a circle would stay until its end."""
    texts = texts_of(text)
    contract = read_contract(texts, settings())
    gc.disable()
    try:
        scan = scan_engine(ENGINE, texts, settings(), contract, lean=True)
        assert scan.court is not None
        trees = [weakref.ref(module.source.tree) for module in scan.court.program.modules.values()]
        judged = judge_and_forget(scan)
        assert [tree() for tree in trees] == [None]
    finally:
        gc.enable()
    assert judged.change.sites
    again = taken_up(judged, ENGINE, texts, settings(), contract, scan.index)
    assert judge_scan(again, {}) == judged.change


MOVED_BACK = "from enhanced_messagebus_client import MessageBusConfig\n\ndel MessageBusConfig\n"


@pytest.mark.parametrize("text", [TELLER, READER, MOVED_BACK, "LIMIT = 3\n"], ids=["moves", "raw", "fails", "nothing"])
def test_a_change_and_what_the_scan_says_are_the_same_together_and_no_tree_is_left(text: str) -> None:
    texts = texts_of(text)
    contract = read_contract(texts, settings())
    first, second = (scan_engine(ENGINE, texts, settings(), contract) for _ in range(2))
    alone = change_engine(first, {}), judged_routed(second)
    gc.collect()
    gc.disable()
    try:
        before = sum(isinstance(each, Module) for each in gc.get_objects())
        assert change_and_forget(scan_engine(ENGINE, texts, settings(), contract)) == alone
        assert sum(isinstance(each, Module) for each in gc.get_objects()) == before
    finally:
        gc.enable()

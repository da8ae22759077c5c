"""`# migrate: keep <reason>`: what it keeps, what goes with it, and what is said of a comment that says too little."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, WRAPPER, change, change_texts, line_of, settings, site_of, slug, texts_of
from msgspec.structs import replace
from stream_engines import engine as raw
from stream_engines import with_key
from wrapper_engines import telling

from codemods.model import Change, Ledger, Verdict
from codemods.settings import Kept, Settings

PUBLISH = 'await self.bus.publish("portfolio.update.x", {"s": s})'
UNROUTED = 'await self.bus.publish("no.such.topic", {"s": s})'
LINES = 'await self.bus.publish(\n    "portfolio.update.x",\n    {"s": s},\n)'


def note(text: str, said: str) -> str:
    """What is told of the one comment in a text."""
    (line,) = (number for number, each in enumerate(text.split("\n"), 1) if "# migrate:" in each)
    return f"{SERVICE}:{line}: `# migrate: keep` {said}"


def suppressed(result: Change) -> list[tuple[str, str]]:
    return [(site.evidence[0].text, site.reason) for site in result.sites if site.verdict is Verdict.SUPPRESSED]


def test_a_kept_line_holds_its_whole_client_where_it_is() -> None:
    text = telling(f"{PUBLISH}  # migrate: keep the old risk desk reads this")
    result = change(text)
    kept = site_of(result, "migrate: keep")
    reason = "the old risk desk reads this"
    assert (kept.verdict, kept.reason, kept.held_by, kept.question) == (Verdict.SUPPRESSED, reason, None, None)
    others = [site for site in result.sites if site is not kept]
    assert [site.kind for site in others] == ["import", "construct", "config", "start", "stop"]
    assert {(site.verdict, site.reason, site.held_by) for site in others} == {
        (Verdict.REFUSE, f"held back: {reason}", kept.where)
    }
    assert (dict(result.texts), result.notes, result.faults) == ({}, (), ())
    assert result.ledger == Ledger(6, refuse=5, suppressed=1)
    assert result.ledger.adds_up


def test_a_kept_line_asks_nothing() -> None:
    result = change(telling(f"{UNROUTED}  # migrate: keep nobody reads it"))
    assert suppressed(result) == [(f"{UNROUTED}  # migrate: keep nobody reads it", "nobody reads it")]
    assert (result.questions, result.ledger) == ((), Ledger(6, refuse=5, suppressed=1))


OTHER = """\
import redis.asyncio as redis


class Other:
    async def start(self):
        self.calls = redis.Redis(host="localhost", decode_responses=True)

    async def count(self):
        return await self.calls.xlen("margin-calls")
"""


def test_a_kept_line_of_a_raw_client_holds_that_client_alone() -> None:
    result = change(raw('await self.redis.xadd("raw-ticks", {"a": "1"})  # migrate: keep an audit'), other=OTHER)
    assert {(site.path == SERVICE, site.kind, site.verdict) for site in result.sites} == {
        (True, "import", Verdict.KEEP),
        (True, "construct", Verdict.REFUSE),
        (True, "stream", Verdict.REFUSE),
        (True, "stream", Verdict.SUPPRESSED),
        (False, "import", Verdict.REWRITE),
        (False, "construct", Verdict.REWRITE),
        (False, "stream", Verdict.REWRITE),
    }
    assert (SERVICE in result.texts, len(result.texts), result.ledger.adds_up) == (False, 1, True)


def test_a_cache_stays_kept_and_holds_nothing() -> None:
    result = change(with_key('await self.redis.set("a", 1)  # migrate: keep a cache'))
    kept = site_of(result, "migrate: keep")
    assert (kept.verdict, kept.reason) == (Verdict.KEEP, "a key, cache or server command stays on its server")
    assert result.ledger == Ledger(5, rewrite=2, keep=3)
    assert (list(result.texts), result.notes) == ([SERVICE], ())


AT_MODULE = """\
import redis.asyncio as redis

link = redis.Redis(decode_responses=True)  # migrate: keep the web team


async def tell():
    await link.set("last", 1)
    await link.xadd("raw-ticks", {"a": "1"})
"""
MADE_FOR_BOTH = {
    "in a start": with_key(made="redis.Redis(decode_responses=True)  # migrate: keep the web team"),
    "at module level": AT_MODULE,
}


@pytest.mark.parametrize("name", MADE_FOR_BOTH, ids=slug)
def test_a_client_of_keys_and_streams_that_is_kept_where_it_is_made_keeps_both(name: str) -> None:
    result = change(MADE_FOR_BOTH[name])
    kept = site_of(result, "migrate: keep")
    assert (kept.kind, kept.verdict, kept.reason) == ("construct", Verdict.SUPPRESSED, "the web team")
    streams = [site for site in result.sites if site.kind == "stream"]
    assert {(site.verdict, site.held_by) for site in streams} == {(Verdict.REFUSE, kept.where)}
    assert (dict(result.texts), result.notes, result.ledger.adds_up) == ({}, (), True)


KEEPS = {
    "on one line": f"{PUBLISH}  # migrate: keep why",
    "on the first line of a statement": LINES.replace("publish(\n", "publish(  # migrate: keep why\n"),
    "in the middle of a statement": LINES.replace('"s": s},', '"s": s},  # migrate: keep why'),
    "on the last line of a statement": f"{LINES}  # migrate: keep why",
    "on the header of a block": f"if {PUBLISH}:  # migrate: keep why\n    print(s)",
    "with a colon": f"{PUBLISH}  # migrate: keep: why",
    "with a dash and no spaces": f"{PUBLISH} #migrate:keep - why",
    "behind the last of several statements": f"print(s); {PUBLISH}  # migrate: keep why",
}


@pytest.mark.parametrize("name", KEEPS, ids=slug)
def test_a_comment_keeps(name: str) -> None:
    result = change(telling(KEEPS[name]))
    assert [reason for _, reason in suppressed(result)] == ["why"]
    assert (result.ledger, result.notes) == (Ledger(6, refuse=5, suppressed=1), ())


IDLE = {
    "above the line": f"# migrate: keep why\n{PUBLISH}",
    "below the line": f"{PUBLISH}\n# migrate: keep why",
    "on a line of other code": f"{PUBLISH}\nprint(s)  # migrate: keep why",
    "in the block below a header": f"if {PUBLISH}:\n    print(s)  # migrate: keep why",
}


@pytest.mark.parametrize("name", IDLE, ids=slug)
def test_a_comment_that_suppresses_nothing_is_told(name: str) -> None:
    text = telling(IDLE[name])
    result = change(text)
    assert result.notes == (note(text, "suppresses nothing: take it away"),)
    assert result.ledger == Ledger(6, rewrite=6)


@pytest.mark.parametrize("comment", ["# migrate: keep", "# migrate: keep:", "# migrate: keep  -  "])
def test_a_comment_without_a_reason_keeps_and_is_told(comment: str) -> None:
    text = telling(f"{PUBLISH}  {comment}")
    result = change(text)
    assert [reason for _, reason in suppressed(result)] == ["kept by a comment without a reason"]
    assert result.notes == (note(text, "gives no reason: write one behind it"),)


NO_COMMENTS = {
    "in a string": f'print("# migrate: keep why")\n{PUBLISH}',
    "in a text of several lines": f'print("""\n# migrate: keep why\n""")\n{PUBLISH}',
    "behind another comment": f"{PUBLISH}  # see # migrate: keep why",
    "another word": f"{PUBLISH}  # migrate: keeper why",
}


@pytest.mark.parametrize("name", NO_COMMENTS, ids=slug)
def test_what_is_no_such_comment_says_nothing(name: str) -> None:
    result = change(telling(NO_COMMENTS[name]))
    assert (result.ledger, result.notes) == (Ledger(6, rewrite=6), ())


def test_a_comment_in_a_file_of_nobody_is_not_read() -> None:
    """The wrapper's own file is read for what it means, and belongs to no engine."""
    texts = texts_of(telling(PUBLISH))
    texts[WRAPPER] += b"\n# migrate: keep why\n"
    result = change_texts(texts)
    assert (result.ledger, result.notes) == (Ledger(6, rewrite=6), ())


def test_two_kept_lines_and_a_refused_one_add_up() -> None:
    code = f"{PUBLISH}  # migrate: keep one\n{UNROUTED}  # migrate: keep two\nkeep(self.bus)  # here"
    text = telling(code)
    result = change(text)
    assert [reason for _, reason in suppressed(result)] == ["one", "two"]
    refused = [site for site in result.sites if site.verdict is Verdict.REFUSE]
    assert [site.line for site in refused if site.held_by is None] == [line_of(text, "here")]
    assert {site.held_by for site in refused} == {None, f"{SERVICE}:{line_of(text, 'here')}"}
    assert result.ledger == Ledger(8, refuse=6, suppressed=2)
    assert result.ledger.adds_up


def kept(code: str, path: str = SERVICE) -> Settings:
    return replace(settings(), keep=(Kept(path, code, "the desk said no", 7),))


def test_a_line_that_engines_yaml_keeps_holds_its_whole_client() -> None:
    result = change(telling(PUBLISH), told=kept(PUBLISH))
    assert suppressed(result) == [(PUBLISH, "the desk said no")]
    assert (result.ledger, result.notes, dict(result.texts)) == (Ledger(6, refuse=5, suppressed=1), (), {})


def test_an_entry_that_fits_no_line_keeps_nothing_and_is_told() -> None:
    result = change(telling(PUBLISH), told=kept("await self.bus.publish()"))
    note = f"{SERVICE}: `keep` in line 7 of engines.yaml fits no legacy use: take it away, or mend its code"
    assert (result.notes, result.ledger) == ((note,), Ledger(6, rewrite=6))


def test_an_entry_for_another_engine_says_nothing() -> None:
    result = change(telling(PUBLISH), told=kept(PUBLISH, "backend/engines/ml/service.py"))
    assert (result.notes, result.ledger) == ((), Ledger(6, rewrite=6))

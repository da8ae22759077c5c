"""A server that is away: the target meets it where the client is got, and what met it before is told or refused."""

from __future__ import annotations

from textwrap import indent

import pytest
from engines_of_one import SERVICE, assert_held, change, slug
from stream_engines import MADE as RAW
from stream_engines import engine as raw
from wrapper_engines import engine

from codemods.model import Verdict

LOOP = "for _ in range(3):  # there\n"
START = "await self.bus.start()  # here"
IN_VAIN = (
    "the loop at <there> tries the start again, and initialize() raises the first time that a server is away: "
    "catch Exception around it"
)


def starting(lines: str) -> str:
    """An engine that makes its client above these lines."""
    plain = "        await self.bus.start()\n"
    assert plain in engine()
    return engine().replace(plain, indent(f"{lines}\n", " " * 8))


TRIED = {
    "a loop alone": f"{LOOP}    {START}\n    if self.bus.is_connected:\n        break",
    "an except for something else": f"{LOOP}    try:\n        {START}\n    except OSError:\n        pass",
    "an except around the loop": (f"try:\n    {LOOP.rstrip()}\n        {START}\nexcept Exception:\n    pass"),
}


@pytest.mark.parametrize("name", TRIED, ids=slug)
def test_a_start_that_is_tried_again_is_refused_where_the_first_failure_would_end_it(name: str) -> None:
    assert_held(starting(TRIED[name]), Verdict.REFUSE, IN_VAIN)


@pytest.mark.parametrize("kind", ["", " Exception", " (ValueError, BaseException)"])
def test_a_start_that_is_tried_again_moves_where_every_failure_is_met(kind: str) -> None:
    text = starting(f"{LOOP}    try:\n        {START}\n        break\n    except{kind}:\n        pass")
    assert {site.verdict for site in change(text).sites} == {Verdict.REWRITE}


ASKING = {
    "a guard": ("if not self.bus.is_connected:\n    return", True),
    "an assertion": ("assert self.bus.is_connected", True),
    "a condition among others": ("while self.n and not self.bus.is_connected:\n    self.n -= 1", True),
    "no condition": ("self.up = self.bus.is_connected", False),
    "another condition": ("if self.n:\n    self.up = 1", False),
}


@pytest.mark.parametrize("name", ASKING, ids=slug)
def test_a_condition_that_met_a_failed_start_is_told(name: str) -> None:
    lines, told = ASKING[name]
    text = starting(f"{START.replace('  # here', '')}\n{lines}")
    line = text[: text.index(lines.split(chr(10))[0])].count("\n") + 1
    why = f"start() only logged, and the condition in line {line} met it"
    said = f"activates: this raises where a server is away: {why}"
    warned = {(site.kind, warning) for site in change(text).sites for warning in site.warnings}
    assert warned == ({("start", said)} if told else set())


CONNECT = """\
async def connect(self):
    for _ in range(3):  # there
        found = {made}  # here
        try:
            await found.xlen("raw-ticks")
            return found
        except redis.ConnectionError:
            pass
"""


def test_a_raw_client_that_a_loop_makes_outside_of_the_try_for_its_first_command_is_refused() -> None:
    text = raw("pass", made="await self.connect()", rest=CONNECT.format(made=RAW))
    line = text[: text.index("except redis")].count("\n") + 1
    reason = (
        f"the loop at <there> tries again what fails below the `except` in line {line}, and the target connects "
        "before: make the client inside of that `try`"
    )
    assert_held(text, Verdict.REFUSE, reason)


def test_a_raw_client_that_a_loop_makes_inside_of_that_try_moves() -> None:
    inside = CONNECT.replace("found = {made}  # here\n        try:", "try:\n            found = {made}")
    result = change(raw("pass", made="await self.connect()", rest=inside.format(made=RAW)))
    assert {site.verdict for site in result.sites} == {Verdict.REWRITE, Verdict.KEEP}


READ = 'while True:\n    try:\n        await self.redis.xlen("raw-ticks")\n    except redis.{}:\n        pass'
SAID = "activates: a server that is away at first is met here, and not by the `except` in line {}"


@pytest.mark.parametrize("kind", ["ConnectionError", "RedisError"])
def test_a_raw_client_whose_commands_met_a_server_that_is_away_says_so(kind: str) -> None:
    text = raw(READ.format(kind), made=f"{RAW}  # here")
    line = text[: text.index("except redis")].count("\n") + 1
    warned = {(site.path, site.kind): site.warnings for site in change(text).sites if site.warnings}
    assert warned == {(SERVICE, "construct"): (SAID.format(line),)}


def test_nothing_is_said_of_an_except_for_something_else() -> None:
    assert {site.warnings for site in change(raw(READ.format("ResponseError"))).sites} == {()}

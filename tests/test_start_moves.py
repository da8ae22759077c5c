"""Engines that start their bus, and ask whether it is there, in many ways: on two buses what they did on one."""

from __future__ import annotations

from pathlib import Path

import pytest
from engines_of_one import WRAPPER, assert_held, change, change_texts, slug, text_after, texts_of
from stepped_engines import Around, assert_walks_the_same
from tinyplatform import platform_file

from codemods.model import Verdict
from migrator.live.servers import Servers

SENT = [("portfolio.update.x", {"a": 1}, "normal")]
ENGINE = """\
import asyncio
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Engine:
    def __init__(self):
        self.bus = None

    def check(self):
        return {check}

    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())
        {start}

    async def tell(self):
        return await self.bus.publish("portfolio.update.x", {{"a": 1}})

    async def stop(self):
        try:
            print("stopping")
        finally:
            {stop}
"""
START = "await self.bus.start()"
STOP = "await self.bus.stop()"


def engine(start: str = START, check: str = "self.bus is not None", stop: str = STOP) -> str:
    return ENGINE.format(start=start, check=check, stop=stop)


STARTS = {
    "with a limit": engine("await asyncio.wait_for(self.bus.start(), 5)"),
    "with others": engine("await asyncio.gather(self.bus.start(), asyncio.sleep(0))"),
    "shielded": engine("return await asyncio.shield(self.bus.start())"),
    "as a task": engine("task = asyncio.create_task(self.bus.start())\n        await task"),
    "whose nothing is returned": engine("return await self.bus.start()"),
    "whose nothing is kept": engine("done = await self.bus.start()\n        return done"),
    "stopped as a task": engine(stop="await asyncio.create_task(self.bus.stop())"),
    "stopped with a limit": engine(stop="await asyncio.wait_for(self.bus.stop(), timeout=5)"),
}
CHECKS = {
    "behind the attribute": 'hasattr(self, "bus") and self.bus is not None and self.bus.is_connected',
    "behind the client's": '(self.bus and hasattr(self.bus, "is_connected") and self.bus.is_connected) is True',
    "behind None and the client's": (
        'self.bus is not None and hasattr(self.bus, "publish") and getattr(self.bus, "is_connected", False)'
    ),
    "denied": 'not hasattr(self.bus, "publish")',
    "by its name": 'getattr(self.bus, "is_connected", False)',
    "by its name, or None": 'bool(getattr(self.bus, "is_connected", None))',
    "in a dict": '{"up": getattr(self.bus, "is_connected", False), "there": [hasattr(self.bus, "stop")]}',
    "in a text": "f\"{hasattr(self.bus, 'start')} {self.bus and self.bus.is_connected}\"",
    "in a comparison": 'hasattr(self.bus, "publish") == True',
    "in a choice": '"up" if getattr(self.bus, "is_connected", None) else "down"',
    "by its class": "isinstance(self.bus, BufferedMessageBusClient)",
}


@pytest.mark.parametrize("name", STARTS, ids=slug)
def test_a_start_connects_as_it_did(servers: Servers, tmp_path: Path, name: str) -> None:
    walked = assert_walks_the_same(servers, tmp_path, STARTS[name])
    assert (walked.sent, ["tell", "said", "True"] in walked.said) == (SENT, True)


@pytest.mark.parametrize("name", CHECKS, ids=slug)
def test_a_check_says_what_it_said(servers: Servers, tmp_path: Path, name: str) -> None:
    said = assert_walks_the_same(servers, tmp_path, engine(check=CHECKS[name])).said
    before, running, _ = (entry[2] for entry in said if entry[0] == "check")
    assert before != running


def saying_whether(answer: str = "True") -> str:
    """The platform's wrapper, whose start says whether the server was there."""
    text = platform_file("enhanced_messagebus_client.py").decode()
    head, begin, rest = text.partition("    async def start(self) -> None:")
    body, end, tail = rest.partition("    async def stop")
    body = (
        body.replace("            return\n", "            return False\n").rstrip() + f"\n        return {answer}\n\n"
    )
    return head + begin.replace("None", "bool") + body + end + tail


AWAY = "print('no bus')\n            self.bus = None"
TRIED = {
    "denied": f"if not await self.bus.start():\n            # nobody is there\n            {AWAY}\n            return",
    "denied, or else": f"if not await self.bus.start():\n            {AWAY}\n        else:\n            print('up')",
    "asked": f"if await self.bus.start():\n            print('up')\n        else:\n            {AWAY}",
}


@pytest.mark.parametrize("is_away", [False, True], ids=["there", "away"])
@pytest.mark.parametrize("name", TRIED, ids=slug)
def test_a_start_that_is_asked_for_its_success_is_tried(
    servers: Servers, tmp_path: Path, name: str, is_away: bool
) -> None:
    text = engine(TRIED[name], stop=f"if self.bus:\n                {STOP}")
    text = text.replace(
        "        return await", "        if self.bus is None:\n            return None\n        return await"
    )
    walked = assert_walks_the_same(servers, tmp_path, text, Around(wrapper=saying_whether(), is_away=is_away))
    assert ("no bus" in walked.said, walked.sent) == (is_away, [] if is_away else SENT)


def test_a_tried_start_keeps_its_comments() -> None:
    text = engine(TRIED["denied"])
    texts = {**texts_of(text), WRAPPER: saying_whether().encode()}
    assert """\
        try:
            await self.bus.initialize()
        except Exception:
            # nobody is there
            print('no bus')
""" in text_after(change_texts(texts), text)


MORE = "the start is more than a statement of its own"
USED = f"{MORE}, and its result is used: initialize() gives none"
REFUSED = {
    "kept": (engine("ok = await self.bus.start()  # here"), USED),
    "returned": (engine("return await self.bus.start()  # here"), USED),
    "asked for with more": (
        engine("if await self.bus.start() and self:  # here\n            pass\n        else:\n            pass"),
        USED,
    ),
    "asked for, and nothing else": (engine("if await self.bus.start():  # here\n            pass"), USED),
    "asked for after another question": (
        engine("if not self:\n            pass\n        elif not await self.bus.start():  # here\n            pass"),
        USED,
    ),
    "given to a task that is asked": (engine("ok = await asyncio.create_task(self.bus.start())  # here"), USED),
    "given to somebody else": (engine("self.keep(self.bus.start())  # here"), MORE),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_a_start_whose_result_would_be_lost_is_refused(name: str) -> None:
    text, reason = REFUSED[name]
    texts = {**texts_of(text), WRAPPER: saying_whether().encode()}
    assert_held(text, Verdict.REFUSE, reason, change_texts(texts))


LOOKED = "the client is inspected with {}() here; what that means on the target is not known"
INSPECTED = {
    "what only the target has": ('hasattr(self.bus, "publish_message")', "hasattr"),
    "a default that is a value": ('getattr(self.bus, "is_connected", None)', "getattr"),
    "another attribute": ('getattr(self.bus, "config", False)', "getattr"),
    "a name that is only known at run time": ("hasattr(self.bus, str(self))", "hasattr"),
    "several classes": ("isinstance(self.bus, (BufferedMessageBusClient, str))", "isinstance"),
}


@pytest.mark.parametrize("name", INSPECTED, ids=slug)
def test_an_inspection_whose_meaning_is_not_known_is_refused(name: str) -> None:
    check, how = INSPECTED[name]
    text = engine(check=f"{check}  # here")
    result = change(text)
    held = {site.reason for site in result.sites if site.verdict is Verdict.REFUSE and site.held_by is None}
    assert (LOOKED.format(how) in held, dict(result.texts)) == (True, {})


def test_a_subscription_beside_a_start_that_runs_later_is_refused() -> None:
    text = engine(
        "task = asyncio.create_task(self.bus.start())  # there\n"
        "        await self.bus.subscribe('market.data.*', self.on_price)  # here"
    ).replace(
        "    async def stop",
        "    async def on_price(self, message):\n        print(message.payload)\n\n    async def stop",
    )
    assert_held(text, Verdict.REFUSE, "this subscribes before the start at <there>, or apart from it")

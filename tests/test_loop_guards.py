"""What a consumer does about failures: what the target does as well goes, what is the handler's own stays with it."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest
from engines_of_one import assert_moves, change, slug, text_after

from codemods.loops import CONSUMER
from codemods.model import Change

READ = 'entries = await self.redis.xreadgroup("g", "c", {"feature-vectors": ">"}, count=20, block=500)'
HANDLE = "await self.handle(fields)"
ACK = 'await self.redis.xack("feature-vectors", "g", message_id)'
TOLD = 'logger.error("failed: %s", error)'
DATA = "data = dict(fields)  # of one symbol"
CALL = "self.handle(data)"
TRIED = f"try:\n    {HANDLE}\n    {ACK}\nexcept Exception as error:\n    {TOLD}"
AGAIN = f"try:\n    {HANDLE}\nexcept Exception as error:\n    {TOLD}\n    raise"
CANCELLED = "except asyncio.CancelledError:\n    {}"


def looped(message: str) -> str:
    """Both loops, with this for each message."""
    return f"for _, messages in entries:\n    for message_id, fields in messages:\n{indent(message, ' ' * 8)}"


def turn(read: str = READ, message: str = f"{HANDLE}\n{ACK}") -> str:
    return f"{read}\n{looped(message)}"


def whole(*clauses: str, message: str = f"{HANDLE}\n{ACK}") -> str:
    """A `try` around all of a turn."""
    return "\n".join(["try:", indent(turn(message=message), "    "), *clauses])


def reading(*clauses: str) -> str:
    """A `try` around the read alone."""
    return turn("\n".join(["try:", f"    {READ}", *clauses]))


def consumer(body: str) -> str:
    """The canonical consumer with another loop."""
    head, _, rest = CONSUMER.partition("        while self.running:\n")
    tail = rest[rest.index("    async def handle") :]
    head = head.replace("import asyncio\n", "import asyncio\nimport logging\n")
    head = head.replace("redis.asyncio as redis\n", "redis.asyncio as redis\n\nlogger = logging.getLogger(__name__)\n")
    return f"{head}        while self.running:\n{indent(body, ' ' * 12)}\n\n{tail}"


def handling(result: Change, text: str) -> str:
    """What the handler does with the fields of a message."""
    after = text_after(result, text)
    _, decoded, rest = after.partition('        fields = json.loads(message["payload"])\n')
    assert decoded, after
    return dedent(rest.partition("\n\n    async def")[0])


SAME = {
    "a read that is tried again": (
        reading("except redis.RedisError as error:", f"    {TOLD}", "    await asyncio.sleep(1)", "    continue"),
        HANDLE,
    ),
    "a read that ends where it is cancelled": (
        reading(CANCELLED.format("break"), "except Exception:", "    continue"),
        HANDLE,
    ),
    "a call that is told and not acknowledged": (turn(message=TRIED), AGAIN),
    "a call that is told and counted": (
        turn(message=f"{TRIED}\n    self.failed += 1"),
        AGAIN.replace("    raise", "    self.failed += 1\n    raise"),
    ),
    "a call that fails without a word": (turn(message=TRIED.replace(TOLD, "pass")), HANDLE),
    "a turn that fails without a word": (whole("except Exception:", "    continue"), HANDLE),
    "a call whose failure goes on": (turn(message=f"{TRIED}\n    continue"), AGAIN),
    "a call that raises again itself": (turn(message=f"{TRIED}\n    raise"), AGAIN),
    "a call that is acknowledged where nothing failed": (
        turn(message=f"try:\n    {HANDLE}\nexcept Exception as error:\n    {TOLD}\nelse:\n    {ACK}"),
        AGAIN,
    ),
    "a call that is told and acknowledged": (
        turn(message=f"try:\n    {HANDLE}\nexcept Exception as error:\n    {TOLD}\n{ACK}"),
        AGAIN.removesuffix("\n    raise"),
    ),
    "a call of which one failure is acknowledged": (
        turn(
            message=f"try:\n    {HANDLE}\nexcept KeyError:\n    continue\nexcept Exception as error:\n    {TOLD}\n{ACK}"
        ),
        f"try:\n    {HANDLE}\nexcept KeyError:\n    raise\nexcept Exception as error:\n    {TOLD}",
    ),
    "a turn that is told and waited after": (
        whole("except Exception as error:", f"    {TOLD}", "    await asyncio.sleep(1)"),
        AGAIN.replace("    raise", "    await asyncio.sleep(1)\n    raise"),
    ),
    "a turn that ends where it is cancelled": (
        whole(CANCELLED.format('logger.info("over")'), "    raise", "except Exception as error:", f"    {TOLD}"),
        AGAIN,
    ),
    "a turn whose connection may be lost": (
        whole("except (redis.ConnectionError, redis.TimeoutError):", '    print("away")', "    continue"),
        HANDLE,
    ),
    "a turn around a call that lets nothing pass": (
        whole("except Exception as error:", f"    {TOLD}", message=TRIED),
        AGAIN,
    ),
    "a turn around a call that fails without a word": (
        whole("except Exception as error:", f"    {TOLD}", message=TRIED.replace(TOLD, "continue")),
        HANDLE,
    ),
    "what a message holds is worked out first": (turn(message=f"{DATA}\n{CALL}\n{ACK}"), f"{DATA}\n{CALL}"),
    "what a message holds is worked out where it may fail": (
        turn(message=TRIED.replace(HANDLE, f"{DATA}\n    {CALL}")),
        AGAIN.replace(HANDLE, f"{DATA}\n    {CALL}"),
    ),
    "what a message holds is worked out before the call is tried": (
        turn(message=f"{DATA}\nkind: str = data['kind']\n{TRIED.replace(HANDLE, CALL)}"),
        f"{DATA}\nkind: str = data['kind']\n{AGAIN.replace(HANDLE, CALL)}",
    ),
    "what a message holds is worked out, and a failure said nothing": (
        turn(message=f"try:\n    {DATA}\n    {CALL}\nexcept ValueError:\n    continue\n{ACK}"),
        f"{DATA}\n{CALL}",
    ),
    "what a message holds is worked out in a turn": (
        whole("except Exception as error:", f"    {TOLD}", message=f"{DATA}\n{CALL}\n{ACK}"),
        AGAIN.replace(HANDLE, f"{DATA}\n    {CALL}"),
    ),
    "a turn around a read that is tried again": (
        "try:\n"
        + indent(reading("except redis.RedisError:", "    continue"), "    ")
        + f"\nexcept Exception as error:\n    {TOLD}",
        AGAIN,
    ),
}


@pytest.mark.parametrize("name", SAME, ids=slug)
def test_a_loop_that_fails_as_the_target_does_becomes_a_subscription(name: str) -> None:
    body, expected = SAME[name]
    text = consumer(body)
    result = change(text)
    assert handling(result, text) == expected
    assert_moves(result)
    after = text_after(result, text)
    assert change(after).texts == {}
    assert ("import asyncio" in after) == ("asyncio." in expected)


MORE = {
    "a read whose failure ends the loop": reading("except redis.RedisError:", "    break"),
    "a read whose failure leaves the last reply": reading("except redis.RedisError:", "    print('x')"),
    "a read whose failure makes the group again": reading(
        "except redis.ResponseError:", "    await self.make_group()", "    continue"
    ),
    "a read whose failure is kept": reading("except redis.RedisError:", "    self.connected = False", "    continue"),
    "a read that something follows": turn(
        f"try:\n    {READ}\n    self.reads += 1\nexcept redis.RedisError:\n    continue"
    ),
    "a read that may be followed": turn(
        f"try:\n    {READ}\nexcept redis.RedisError:\n    continue\nelse:\n    print(1)"
    ),
    "a cancellation that is passed over": reading(CANCELLED.format("continue")),
    "a call that tells the id": turn(message=TRIED.replace('"failed: %s", error', '"failed: %s", message_id')),
    "a call whose failure is put elsewhere": turn(message=TRIED.replace(TOLD, "await self.bury(fields)")),
    "a call whose failure is a letter": turn(
        message=TRIED.replace(TOLD, 'await self.redis.xadd("feature-vectors", {"dead": "x"})')
    ),
    "a call whose failure ends the loop": turn(message=f"{TRIED}\n    break"),
    "a call whose failure ends all": turn(message=f"{TRIED}\n    return"),
    "a call that is acknowledged in any case": turn(message=f"try:\n    {HANDLE}\nfinally:\n    {ACK}"),
    "a call that is acknowledged twice": turn(message=f"{TRIED}\n{ACK}"),
    "a call that is never acknowledged": turn(message=f"try:\n    {HANDLE}\nexcept Exception as error:\n    {TOLD}"),
    "a call whose clause shares its line": turn(message=f"try:\n    {HANDLE}\n    {ACK}\nexcept Exception: pass"),
    "a log that does more": turn(message=TRIED.replace("error)", "self.reset(error))")),
    "a turn whose failure ends the loop": whole("except Exception as error:", f"    {TOLD}", "    break"),
    "a turn whose failure tells the id": whole("except Exception:", '    logger.exception("on %s", message_id)'),
    "a turn whose failure connects again": whole("except redis.ConnectionError:", "    await self.start()"),
    "a turn that always does something": whole("except Exception as error:", f"    {TOLD}", "finally:", "    print(1)"),
    "a turn around a call that lets some pass": whole(
        "except Exception as error:", f"    {TOLD}", message=TRIED.replace("Exception", "KeyError")
    ),
    "a turn around a call that fails now and then without a word": whole(
        "except Exception as error:",
        f"    {TOLD}",
        message=TRIED.replace(TOLD, "continue").replace("Exception", "KeyError"),
    ),
    "what a message holds is awaited": turn(message=f"data = await self.read(fields)\n{CALL}\n{ACK}"),
    "what a message holds is kept": turn(message=f"self.data = dict(fields)\nself.handle(self.data, fields)\n{ACK}"),
    "what is worked out is of the id": turn(message=f"data = (fields, message_id)\n{CALL}\n{ACK}"),
    "two calls": turn(message=f"{HANDLE}\n{HANDLE}\n{ACK}"),
    "what is worked out shares its line": turn(message=f"data = dict(fields); {CALL}\n{ACK}"),
    "a call that shares its line with what acknowledges it": turn(
        message=TRIED.replace(f"{HANDLE}\n    {ACK}", f"{HANDLE}; {ACK}")
    ),
    "a call that waits too long to be told": turn(message=TRIED.replace(TOLD, "await asyncio.wait_for(self.a, 1)")),
}


@pytest.mark.parametrize("name", MORE, ids=slug)
def test_a_loop_that_does_more_about_failures_is_routed(name: str) -> None:
    text = consumer(MORE[name])
    result = change(text)
    after = text_after(result, text)
    assert ("self.redis.engine_logic_client.xreadgroup(" in after, "MessageType" in after) == (True, False)
    assert result.faults == ()


def test_what_clauses_that_go_have_logged_is_told() -> None:
    text = consumer(whole(CANCELLED.format('logger.info("over")'), "    break", "except redis.RedisError:", "    pass"))
    assert [note.partition(": ")[2] for note in change(text).notes if "xreadgroup" in note] == [
        "gone with xreadgroup: logger.info('over')"
    ]


def test_exceptions_of_redis_in_clauses_that_go_say_with_what() -> None:
    result = change(consumer(whole("except redis.ConnectionError:", "    pass")))
    assert [site.reason for site in result.sites if site.kind == "exception"] == [
        "goes with the creation of the group, which the target does itself",
        "goes with the loop: the target reads again by itself where a read failed",
    ]


def test_comments_in_a_handling_that_stays_keep_their_place() -> None:
    tried = f"try:\n    # the heart\n    {HANDLE}  # of it\n    {ACK}\nexcept Exception as error:\n    {TOLD}  # why"
    text = consumer(turn(message=tried))
    assert handling(change(text), text) == (
        f"try:\n    # the heart\n    {HANDLE}  # of it\nexcept Exception as error:\n    {TOLD}  # why\n    raise"
    )


CANCEL = "        self.task.cancel()\n"
AWAIT = "try:\n    await self.task\nexcept asyncio.CancelledError:\n    pass"
STOPS = {
    "awaited": f"self.task.cancel()\n{AWAIT}",
    "cancelled within": AWAIT.replace("try:\n", "try:\n    self.task.cancel()\n"),
    "asked for": f"if self.task:\n    self.task.cancel()\n{indent(AWAIT, '    ')}\n    self.task = None",
    "asked whether it is done": "if self.task is not None and not self.task.done():\n    self.task.cancel()",
    "awaited by a suppression": "self.task.cancel()\nwith suppress(asyncio.CancelledError):\n    await self.task",
    "gathered": "self.task.cancel()\nawait asyncio.gather(self.task, return_exceptions=True)",
}
KEEPS = {
    "awaited without a word": "self.task.cancel()\nawait self.task",
    "awaited and not cancelled": AWAIT,
    "asked for more": "if self.task and self.redis:\n    self.task.cancel()",
    "asked for, or else": "if self.task:\n    self.task.cancel()\nelse:\n    print(1)",
    "asked for, and more is done": "if self.task:\n    self.task.cancel()\n    print(1)",
    "awaited with more": f"self.task.cancel()\n{AWAIT.replace('task', 'task, self.redis')}",
    "passed over whatever it raised": f"self.task.cancel()\n{AWAIT.replace('asyncio.CancelledError', 'Exception')}",
    "told": f"self.task.cancel()\n{AWAIT.replace('pass', 'print(1)')}",
}


@pytest.mark.parametrize("name", STOPS | KEEPS, ids=slug)
def test_a_task_goes_with_all_that_only_ends_it(name: str) -> None:
    text = CONSUMER.replace(CANCEL, indent((STOPS | KEEPS)[name], " " * 8) + "\n")
    text = text.replace("self.task = None\n", "self.task: asyncio.Task | None = None\n", 1)
    result = change(text if "suppress" not in text else f"from contextlib import suppress\n{text}")
    after = text_after(result, text)
    assert result.faults == ()
    assert ("self.task" in after, "MessageType" in after, "suppress" in after) == (
        (False, True, False) if name in STOPS else (True, False, False)
    )


def test_a_group_that_the_loop_makes_first_goes_with_it() -> None:
    head, guard, rest = CONSUMER.partition("        try:\n")
    guard, _, rest = rest.partition("        self.running = True\n")
    body = "        try:\n" + guard
    text = f"{head}        self.running = True\n{rest}".replace("        while ", f"{body}        while ")
    after = text_after(change(text), text)
    assert "xgroup_create" not in after
    assert after == text_after(change(CONSUMER), CONSUMER)


@pytest.mark.parametrize(
    "first", ['        print("up")\n', "        try:\n            print(1)\n        finally:\n            pass\n"]
)
def test_a_loop_with_something_else_before_it_is_routed(first: str) -> None:
    text = CONSUMER.replace("        while ", f"{first}        while ")
    assert "self.redis.engine_logic_client.xreadgroup(" in text_after(change(text), text)


GUARD = """\
        try:
            await self.redis.xgroup_create("feature-vectors", "g", id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
"""
HELPER = "\n    async def ensure_group(self):\n"


def helped(called: str = "        await self.ensure_group()\n", body: str = GUARD, more: str = "") -> str:
    """The canonical consumer whose group a method of its own makes."""
    text = CONSUMER.replace(GUARD, called).replace("\n    async def stop", f"{HELPER}{body}{more}\n    async def stop")
    assert text.count("ensure_group") == 2
    return text


def test_a_method_that_only_makes_the_group_goes_with_its_call() -> None:
    text = helped()
    assert text_after(change(text), text) == text_after(change(CONSUMER), CONSUMER)
    assert change(text).faults == ()


def test_a_client_may_be_made_by_a_method_that_is_called_first() -> None:
    made = '        self.redis = redis.Redis(host="localhost", port=6379, decode_responses=True)\n'
    text = CONSUMER.replace(made, "        await self.connect()\n")
    text = text.replace("\n    async def stop", f"\n    async def connect(self):\n{made}\n    async def stop")
    after = text_after(change(text), text)
    assert "        await self.connect()\n        await self.redis.subscribe_to_engine_logic(" in after
    assert "xgroup_create" not in after


SAID = GUARD.replace("                raise\n", "                raise\n            log.info('there')\n")
GROUPS = {
    "what is there already is logged": SAID,
    "what is there already is logged, or else raised": GUARD.replace("not in", "in").replace(
        "                raise\n", "                log.info('there')\n            else:\n                raise\n"
    ),
    "what was made is logged": GUARD.replace("mkstream=True)\n", "mkstream=True)\n            log.info('made')\n"),
}


@pytest.mark.parametrize("name", GROUPS, ids=slug)
def test_a_group_whose_making_is_logged_goes_and_the_log_is_told(name: str) -> None:
    text = CONSUMER.replace(GUARD, GROUPS[name])
    result = change(text)
    assert text_after(result, text) == text_after(change(CONSUMER), CONSUMER)
    (note,) = (note.partition(": ")[2] for note in result.notes if "xreadgroup" in note)
    assert note in ("gone with xreadgroup: log.info('there')", "gone with xreadgroup: log.info('made')")


START = """\
        await self.ensure_group()
        self.running = True
        self.task = asyncio.create_task(self.consume())
"""
ROUTED = {
    "the group is made under a condition": helped("        if self.redis:\n            await self.ensure_group()\n"),
    "the group is made after the start": helped().replace(
        START, START.replace("        await self.ensure_group()\n", "") + "        await self.ensure_group()\n"
    ),
    "the group is made elsewhere as well": helped()
    + "\n    async def again(self):\n        await self.ensure_group()\n",
    "the group is made by a task": helped("        asyncio.create_task(self.ensure_group())\n"),
    "what is there already is printed": CONSUMER.replace(GUARD, SAID.replace("log.info", "print")),
}


@pytest.mark.parametrize("name", ROUTED, ids=slug)
def test_a_group_that_is_not_certainly_there_first_keeps_its_loop(name: str) -> None:
    result = change(ROUTED[name])
    after = text_after(result, ROUTED[name])
    assert ("engine_logic_client.xgroup_create(" in after, "MessageType" in after) == (True, False)


def test_a_handler_says_what_it_is_given_where_it_says_what_it_gives() -> None:
    text = CONSUMER.replace("async def consume(self):", "async def consume(self) -> None:")
    assert "    async def consume(self, message: dict[str, str]) -> None:\n" in text_after(change(text), text)

"""Handlers under decorators: what hands on what it is given stays around the handler, everything else is refused."""

from __future__ import annotations

from textwrap import indent

import pytest
from engines_of_one import SERVICE, assert_held, slug, text_after
from subscribing_engines import ONE, PRICE, engine
from test_kept_handlers import function, moved, receiver

from codemods.model import Verdict


def wrapped(
    body: str = "return await func(*args, **kwargs)", takes: str = "*args, **kwargs", how: str = "async "
) -> str:
    """A decorator whose wrapper takes this, and does that."""
    return (
        "def timed(func):\n    @functools.wraps(func)\n"
        f"    {how}def wrapper({takes}):\n{indent(body, ' ' * 8)}\n    return wrapper\n"
    )


def dressed(decorator: str = "@timed", top: str = "", handler: str = PRICE, mark: str = "") -> str:
    return engine(f"{ONE}{mark}", f"{decorator}\n{handler}", f"import functools\nimport tenacity\n{top}")


def made(decorator: str) -> str:
    """A function that makes the decorator."""
    return f"def attempts(number=3):\n{indent(decorator, '    ')}\n    return timed\n"


TIMED = wrapped(
    "began = time()\ntry:\n    return await func(*args, **kwargs)\nfinally:\n"
    "    logger.info('%s took %s', func.__name__, time() - began)"
)
MOVES = {
    "a timer": dressed(top=TIMED),
    "another attempt": dressed(
        "@attempts(5)", made(wrapped("for _ in range(number):\n    await func(*args, **kwargs)"))
    ),
    "a decorator that names what it hands on": dressed(
        top=wrapped("self.n += 1\nreturn await func(self, message)", "self, message")
    ),
    "two decorators": dressed("@timed\n@tenacity.retry(stop=3)", TIMED),
    "a plain function": dressed(
        top=wrapped("func(*args, **kwargs)", how=""), handler=PRICE.replace("async def", "def")
    ),
}


@pytest.mark.parametrize("name", MOVES, ids=slug)
def test_the_message_is_opened_before_the_decorator_sees_it(name: str) -> None:
    text = MOVES[name]
    after = text_after(moved(text), text)
    call = "self.on_price(SimpleNamespace(topic=topic, payload=payload))"
    assert function(after, "receive_on_price") == receiver(call if name == "a plain function" else f"await {call}")
    assert function(after, "on_price") == function(text, "on_price")


@pytest.mark.parametrize("decorator", ["staticmethod", "classmethod"])
def test_a_handler_without_an_instance_is_opened_in_its_place(decorator: str) -> None:
    handler = PRICE.replace("self, ", "" if decorator == "staticmethod" else "cls, ")
    text = dressed(f"@{decorator}", handler=handler)
    after = text_after(moved(text), text)
    assert "receive" not in after
    assert "payload = json.loads(message['payload'])" in function(after, "on_price")


OPAQUE = {
    "a decorator from elsewhere": "from tracing import timed\n",
    "one that looks at what it is given": wrapped("print(args)\nreturn await func(*args, **kwargs)"),
    "one that reads the message": wrapped("print(message.priority)\nreturn await func(self, message)", "self, message"),
    "one that looks at everything": wrapped("print(locals())\nreturn await func(*args, **kwargs)"),
    "one that gives less": wrapped("return await func(*args)"),
    "one that gives something else": wrapped("return await func(self, Other(message))", "self, message"),
    "one that turns arguments round": wrapped("return await func(message, self)", "self, message"),
    "one that gives more": wrapped("return await func(*args, n=1, **kwargs)"),
    "one that never calls": wrapped("pass"),
    "one that keeps its function": wrapped() + "    kept.append(func)\n",
    "one that gives its function back": "def timed(func):\n    kept = func\n    return func\n",
    "one that chooses": wrapped().replace(
        "    return wrapper", "    if func:\n        return func\n    return wrapper"
    ),
    "one that makes no coroutine": wrapped("return func(*args, **kwargs)", how=""),
    "one that is dressed itself": "@functools.cache\n" + wrapped(),
    "one that takes more": wrapped().replace("def timed(func)", "def timed(func, more=None)"),
}


@pytest.mark.parametrize("name", OPAQUE, ids=slug)
def test_refused(name: str) -> None:
    text = dressed(top=OPAQUE[name], mark="  # here")
    line = text[: text.index("async def on_price")].count("\n") + 1
    assert_held(
        text,
        Verdict.REFUSE,
        f"the handler at {SERVICE}:{line} is decorated by `timed`, which may do more than call it with its message",
    )


def test_a_handler_that_reads_more_is_refused_under_a_decorator_too() -> None:
    text = dressed(top=TIMED, handler=PRICE.replace("message.topic", "message.timestamp"), mark="  # here")
    line = text[: text.index("    print(message.timestamp")].count("\n") + 1
    reason = f"the handler reads more than topic and payload of its message at {SERVICE}:{line}"
    assert_held(text, Verdict.REFUSE, reason)

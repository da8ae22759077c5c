"""Which servers a wrapper's clients are on, as far as their configs say: whether each is left is asked."""

from __future__ import annotations

import pytest
from engines_of_one import (
    SERVICE,
    assert_held,
    change,
    settings_with,
    slug,
)
from wrapper_engines import engine

from codemods.model import Verdict

CLIENT = "enhanced_messagebus_client.BufferedMessageBusClient"


SERVER = "is {what} one of the servers being left? The target connects without database, password and TLS of its own"


ASKED = {
    **{
        f"a server with {name}": (
            engine(made=f"BufferedMessageBusClient(MessageBusConfig({given}))  # here"),
            SERVER.format(what=what),
        )
        for name, given, what in (
            ("another host", 'redis_host="r2"', "r2:6379"),
            ("another port", "redis_port=7000", "localhost:7000"),
            (
                "a host from the environment alone",
                'redis_host=os.getenv("H")',
                "the server of `os.getenv('H')`",
            ),
            ("a host from a name", "redis_host=HOST", "the server of `HOST`"),
            ("a port from the environment", 'redis_port=int(os.getenv("P", "7000"))', "localhost:7000"),
            ("a fall-back host", 'redis_host=os.getenv("H") or "r2"', "r2:6379"),
            ("a database", "redis_db=2", "localhost:6379, database 2"),
            ("a database from a name", "redis_db=DB", "localhost:6379, database known at run time"),
            ("a password", 'redis_password="x"', "localhost:6379, a password"),
            ("TLS", "use_ssl=True", "localhost:6379, TLS"),
            ("a URL", 'redis_url="redis://r2:7000"', "r2:7000"),
            ("a URL with everything", 'redis_url="rediss://u:p@r2/3"', "r2:6379, database 3, a password, TLS"),
            ("a URL without a host", 'redis_url="redis:///4"', "localhost:6379, database 4"),
            ("a URL from a name", "redis_url=URL", "the server of `URL`"),
            ("a URL that cannot be read", 'redis_url="redis://r2:port"', "a server whose URL cannot be read"),
        )
    },
}


@pytest.mark.parametrize("name", ASKED, ids=slug)
def test_asked(name: str) -> None:
    text, question = ASKED[name]
    assert_held(text, Verdict.ASK, question)


def test_a_server_that_the_answers_leave_is_not_asked_about() -> None:
    text = engine(made='BufferedMessageBusClient(MessageBusConfig(redis_host="r2", redis_db=2))')
    (question,) = change(text).questions
    assert (question.id, question.suggestion) == (
        "server:r2:6379:database-2",
        'answers:\n  "server:r2:6379:database-2": leave',
    )
    assert list(change(text, settings_with({question.id: "leave"})).texts) == [SERVICE]


def test_a_server_without_more_is_suggested_for_the_list_of_those_being_left() -> None:
    (question,) = change(engine(made='BufferedMessageBusClient(MessageBusConfig(redis_host="r2"))')).questions
    assert question.suggestion == "legacy:\n  redis: [localhost:6379, redis:6379, r2:6379]"

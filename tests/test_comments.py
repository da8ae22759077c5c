"""A comment that a change takes away is told, with its line; one that stays or moves is not."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, change

ENGINE = """\
from enhanced_messagebus_client import BufferedMessageBusClient, EnhancedMessageBusConfig  # the house's


class Engine:
    async def start(self) -> None:
        # one client for all
        self.bus = BufferedMessageBusClient(  # why buffered: bursts
            EnhancedMessageBusConfig(
                redis_host="localhost",  # ops promised a name
                redis_port=6379,
                # never lower this
                max_buffer_size=100,
            )
        )
        await self.bus.start()  # connects

    async def tell(self, symbol: str) -> None:
        await self.bus.publish(
            # by symbol
            f"portfolio.update.{symbol}",
            {"symbol": symbol},  # all of it
        )  # told
"""
GONE = {7: "# why buffered: bursts", 9: "# ops promised a name", 11: "# never lower this", 15: "# connects"}


def told(text: str) -> list[str]:
    result = change(text)
    assert SERVICE in result.texts
    return [note for note in result.notes if "comment gone" in note]


def test_what_goes_with_its_code_is_told_and_what_stays_is_in_the_new_text() -> None:
    assert told(ENGINE) == [f"{SERVICE}:{line}: comment gone: {comment}" for line, comment in GONE.items()]
    new = change(ENGINE).texts[SERVICE].decode()
    stays = ["# the house's", "# one client for all", "# by symbol", "# all of it", "# told"]
    assert [comment for comment in stays if new.count(comment) != 1] == []


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_any_newline_ends_a_comment(newline: str) -> None:
    assert told(ENGINE.replace("\n", newline)) == told(ENGINE)


def test_of_two_comments_alike_the_one_that_goes_is_counted() -> None:
    text = ENGINE.replace("# told", "# connects")
    assert told(text)[-1] == f"{SERVICE}:15: comment gone: # connects"
    assert len(told(text)) == len(GONE)


def test_a_directive_for_a_tool_goes_without_a_word() -> None:
    assert len(told(ENGINE.replace("# connects", "# noqa: E501"))) == len(GONE) - 1


def test_a_mark_in_a_text_is_no_comment() -> None:
    assert told(ENGINE.replace("redis_port=6379,", 'redis_port=6379, consumer_name="a # b",')) == told(ENGINE)


def test_a_password_in_a_comment_is_not_told() -> None:
    text = ENGINE.replace("# connects", "# redis://me:hunter2@old/0")
    assert told(text)[-1] == f"{SERVICE}:15: comment gone: # redis://***@old/0"

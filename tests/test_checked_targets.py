"""Checks that depend on the target's own source: shared groups, types that are texts, and types without a bus."""

from __future__ import annotations

from checked import COMPARED, RIGHT, RISK, findings

ONE_GROUP = (
    'group = f"{self.config.engine_type.value}:{self._subscriptions[bus]}"',
    "group = self.config.engine_type.value",
)
ONE_STREAM = ('f"{MESSAGE_BUS[message_type].value}:{message_type.value}"', '"messages"')
AGAIN = (RISK, f"{RISK}\n        await self.bus.subscribe_to_engine_logic([MessageType.RISK_METRIC], self.on_call)")


def test_two_subscriptions_that_share_a_group_are_found_where_the_target_has_one_for_all() -> None:
    """By the target's own source: the platform's has a group for each subscription, and a stream for each type."""
    twice = RIGHT.replace(*AGAIN)
    assert findings(twice) == []
    assert findings(RIGHT, ONE_GROUP) == []
    said = "line 33 subscribes on this bus, too, and the target puts both into one group"
    assert [(each.line, each.rule, each.message) for each in findings(twice, ONE_GROUP)] == [(34, "shared-group", said)]
    assert [(each.line, each.message) for each in findings(RIGHT, ONE_GROUP, ONE_STREAM)] == [(34, said)]


def test_a_member_that_is_a_text_may_be_compared_with_the_type() -> None:
    compared = RIGHT.replace(COMPARED, 'message["message_type"] == MessageType.MARKET_DATA')
    (found,) = findings(compared)
    assert (
        found.message == "a message has its type as a text, 'market_data', which MessageType.MARKET_DATA never equals"
    )
    assert findings(compared, ("class MessageType(Enum)", "class MessageType(str, Enum)")) == []
    unknown = ('"message_type": message_type.value', '"message_type": str(message_type)')
    assert findings(compared, unknown) == []


def test_a_subscription_to_a_type_without_a_bus_is_found() -> None:
    lost = "    MessageType.RISK_METRIC: MessageBusType.ENGINE_LOGIC_BUS,\n"
    assert [(each.line, each.rule, each.message) for each in findings(RIGHT, (lost, ""))] == [
        (33, "no-bus", "the target puts MessageType.RISK_METRIC on no bus")
    ]

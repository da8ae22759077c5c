"""Configs that are made, named and changed in several places go whole; on real servers nothing is missed."""

from __future__ import annotations

from pathlib import Path

import pytest
from engines_of_one import WRAPPER, change, change_texts, slug, text_after, texts_of
from stepped_engines import assert_walks_the_same

from codemods.model import Change
from migrator.live.servers import Servers

ENGINE = """\
import os
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig
{top}

class Engine:
    bus = None

    async def start(self):
        {config}
        self.bus = BufferedMessageBusClient({given})
        await self.bus.start()

    async def tell(self):
        return await self.bus.publish("portfolio.update.x", {{"a": 1}})

    async def stop(self):
        await self.bus.stop()
"""


def engine(config: str, given: str = "config", top: str = "") -> str:
    return ENGINE.format(config=config, given=given, top=top)


CHOICE = """\
if os.getenv("BIG"):
            config = MessageBusConfig(max_buffer_size=500)
        elif os.getenv("SMALL"):
            config = MessageBusConfig(max_buffer_size=5)
        else:
            config = MessageBusConfig()"""
ENGINES = {
    "set afterwards": engine('config = MessageBusConfig()\n        config.redis_host = "localhost"'),
    "under another name": engine("config = CONFIG", top="CONFIG = MessageBusConfig(consumer_group='x')\n"),
    "unpacked": engine(
        "config = MessageBusConfig(**OPTIONS)", top="OPTIONS = dict(a=1) and {'consumer_group': 'x'}\n"
    ).replace("dict(a=1) and ", ""),
    "one of three": engine(CHOICE),
    "annotated": engine("config: MessageBusConfig = MessageBusConfig()"),
}


@pytest.mark.parametrize("name", ENGINES, ids=slug)
def test_an_engine_without_its_config_sends_what_it_sent(servers: Servers, tmp_path: Path, name: str) -> None:
    walked = assert_walks_the_same(servers, tmp_path, ENGINES[name])
    assert walked.sent == [("portfolio.update.x", {"a": 1}, "normal")]
    after = (tmp_path / "after" / "service.py").read_text()
    assert [word for word in ("onfig", "OPTIONS", "if ", "pass") if word in after] == []
    assert ("import os\n" in after) is (name != "one of three")


def test_a_choice_between_configs_that_says_why_is_left_with_its_comment() -> None:
    text = engine(CHOICE.replace("        else:", "        else:  # the usual"))
    assert "        else:  # the usual\n            pass\n" in text_after(change(text), text)


def test_what_was_set_on_a_config_is_told() -> None:
    text = engine('config = MessageBusConfig(redis_port=6379)\n        config.consumer_group = "x"')
    notes = [note.partition(": ")[2] for note in change(text).notes if "gone with" in note]
    assert notes == ["gone with MessageBusConfig: redis_port=6379", "gone with its config: config.consumer_group = 'x'"]


def test_a_config_that_another_file_names_goes_from_both() -> None:
    text = engine("pass", "CONFIG").replace(", MessageBusConfig", "\nfrom settings import CONFIG")
    result = change(
        text, settings="from enhanced_messagebus_client import MessageBusConfig\n\nCONFIG = MessageBusConfig()\n"
    )
    assert {path.rsplit("/", 1)[-1] for path in result.texts} == {"service.py", "settings.py"}
    assert "settings" not in text_after(result, text)


def named(given: str, decorator: str = "@dataclass") -> Change:
    """The change of an engine whose config takes a name before the server."""
    texts = texts_of(engine(f'config = MessageBusConfig("portfolio", {given})'))
    before, _, fields = texts[WRAPPER].partition(b"@dataclass\nclass MessageBusConfig:\n")
    fields = fields.replace(b"    redis_host", b"    name: str\n    redis_host", 1)
    return change_texts(texts | {WRAPPER: before + f"{decorator}\nclass MessageBusConfig:\n".encode() + fields})


@pytest.mark.parametrize("decorator", ["@dataclass", "@dataclass(frozen=True, slots=True)", "@dataclasses.dataclass()"])
def test_what_a_config_is_given_by_position_has_the_name_that_its_source_gives_it(decorator: str) -> None:
    """A field without a default was passed over, and what was given to it was taken for the host."""
    result = named('"localhost"', decorator)
    assert "gone with MessageBusConfig: name='portfolio', redis_host='localhost'" in "".join(result.notes)
    asked = named('"10.0.0.9", redis_port=6379', decorator)
    assert ([question.id for question in asked.questions], dict(asked.texts)) == (["server:10.0.0.9:6379"], {})


@pytest.mark.parametrize("decorator", ["@dataclass(kw_only=True)", "@attrs.define", "@dataclass\n@checked"])
def test_what_a_config_is_given_by_position_is_not_guessed(decorator: str) -> None:
    result = named('"localhost"', decorator)
    reasons = {site.reason for site in result.sites if site.kind == "config" and site.held_by is None}
    assert (reasons, dict(result.texts)) == ({"the config's arguments cannot be told apart"}, {})

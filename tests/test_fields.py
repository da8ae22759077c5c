"""The server of a client is known where an object says it: by the default of a field, or what it is made with."""

from __future__ import annotations

import pytest
from engines_of_one import change, slug
from wrapper_engines import engine

from codemods.model import Verdict

TOP = """\
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings


{kind}
    host: str = {host}
    port: int = Field(6379, ge=1)
    topic: str = ""

    @property
    def address(self) -> str:
        return self.host


@lru_cache
def get() -> Settings:
    return {made}


SETTINGS = get()
"""
OUTER = "class Outer(BaseModel):\n    bus: Settings = Settings()\n\n\n"
OWN = "class Own(Settings):\n    n: int = 1\n\n\nOWN = Own()\n"
MODEL, DATACLASS = "class Settings(BaseSettings):", "@dataclass(frozen=True)\nclass Settings:"


def configured(
    host: str = '"localhost"', made: str = "Settings()", given: str = "SETTINGS.host", kind: str = MODEL, more: str = ""
) -> str:
    """An engine whose client's config takes its host from such an object."""
    top = TOP.format(kind=kind, host=host, made=made)
    config = f"BufferedMessageBusClient(MessageBusConfig(redis_host={given}))  # here"
    return engine(made=config, top=f"{top}\n\n{more}")


KNOWN = {
    "a default": configured(),
    "a default of a field": configured('Field("localhost", alias="HOST")'),
    "a default by its name": configured('Field(default="localhost")'),
    "a default from the environment": configured('os.getenv("REDIS_HOST", "localhost")'),
    "a dataclass": configured(kind=DATACLASS),
    "a field of a dataclass": configured('field(default="localhost")', kind=DATACLASS),
    "what every object is made with": configured("...", 'Settings(host="localhost")', kind=DATACLASS),
    "a name for the object": configured(given="OTHER.host", more="OTHER = SETTINGS\n"),
    "an object in another": configured(given="OUTER.bus.host", more=f"{OUTER}OUTER = Outer()\n"),
    "a property": configured(given="SETTINGS.address"),
    "a class that is derived": configured(given="OWN.host", more=OWN),
}


@pytest.mark.parametrize("name", KNOWN, ids=slug)
def test_moves(name: str) -> None:
    result = change(KNOWN[name])
    assert ({site.verdict for site in result.sites}, result.questions) == ({Verdict.REWRITE}, ())


ASKED = {
    "another default": configured('"cache.internal"'),
    "no default": configured("..."),
    "a default that is made": configured("Field(default_factory=read)"),
    "a default of a dataclass that is made": configured("field(default_factory=read)", kind=DATACLASS),
    "an object with another value": configured(made='Settings(host="cache.internal")'),
    "one of two objects with another value": configured(more='OTHER = Settings(host="cache.internal")\n'),
    "an object that is made of what is read": configured(made="Settings(**read())"),
    "an object that a file makes": configured(more="OTHER = Settings.model_validate(read())\n"),
    "a value that is set later": configured(more="SETTINGS.host = read()\n"),
    "an object that is not known": configured(given="READ.host", more="READ = read()\n"),
    "a property that does more": configured(given="SETTINGS.address").replace(
        "        return self", "        read()\n        return self"
    ),
    "a property of another kind": configured(given="SETTINGS.address").replace("@property", "@counted"),
}


@pytest.mark.parametrize("name", ASKED, ids=slug)
def test_asked(name: str) -> None:
    result = change(ASKED[name])
    assert [question.id.split(":")[0] for question in result.questions] == ["server"]
    assert result.texts == {}


LINK = """\
class Link:
    def __init__(self, host=None):
        self.host = host or os.getenv("HOST", "localhost")


LINK = Link({})
"""


@pytest.mark.parametrize("given", ["", '"localhost"', 'os.getenv("MINE")', "None"])
def test_what_stands_before_or_is_the_server_too_where_it_is_the_same(given: str) -> None:
    text = configured(given="LINK.host", more=LINK.format(given))
    assert {site.verdict for site in change(text).sites} == {Verdict.REWRITE}


@pytest.mark.parametrize("given", ['"cache.internal"', "read()", 'host=os.environ["MINE"]'])
def test_asked_where_something_else_may_stand_before_or(given: str) -> None:
    (question,) = change(configured(given="LINK.host", more=LINK.format(given))).questions
    assert question.id == "server:the server of `LINK.host`"


CHOSEN = {
    '"cache.internal" or "localhost"': ["server:cache.internal:6379"],
    'os.getenv("A", "cache.internal") or "localhost"': ["server:cache.internal:6379"],
    'os.getenv("A", "localhost") and "cache.internal"': [
        "server:the server of `os.getenv('A', 'localhost') and 'cache.internal'`"
    ],
    'os.getenv("A") or "localhost"': [],
    'os.environ.get("A", "") or "localhost"': [],
    '"localhost" or "cache.internal"': [],
}


@pytest.mark.parametrize("given", CHOSEN, ids=slug)
def test_the_first_of_two_that_is_there_counts(given: str) -> None:
    assert [question.id for question in change(configured(given=given)).questions] == CHOSEN[given]

"""What other files take from a file that changes is still there, or the proof says where it is taken."""

from __future__ import annotations

import pytest
from engines_of_one import FOLDER, SERVICE, change_texts, slug, texts_of, told

from codemods.model import Verdict
from codemods.proof.exports import prove_exports
from codemods.reading.index import build_index
from codemods.reading.outline import read_module
from codemods.reading.source import read_source
from codemods.settings import Engine, Settings

PATH = "backend/engines/ml/bus.py"
ENGINE = Engine("ml", "ML", ("backend/engines/ml",))
BEFORE = b"import json\nfrom legacy import Client as Bus, Config\n\n\ndef make():\n    return Bus(Config())\n"
AFTER = b"import json\nfrom dual import Config\n\n\ndef make():\n    return 1\n"


def proved(path: str, text: str, after: bytes = AFTER) -> str | None:
    """What the proof says of the change of `bus.py`, with this text beside it."""
    texts = {PATH: BEFORE, path: text.encode()}
    index = build_index(texts, Settings(source_root="backend"))
    module = read_module(read_source(PATH, BEFORE), "engines.ml.bus")
    result = read_module(read_source(PATH, after), "")
    return told(prove_exports(module, result, {**texts, PATH: after}, {}, index, ENGINE))


TAKEN = {
    "its name": ("from engines.ml.bus import Bus\n", 1),
    "its name, under another one": ("import os\nfrom engines.ml.bus import make, Bus as Client\n", 2),
    "its name, by way of dots": ("from .bus import Bus\n", 1),
    "its name, by way of the package": ("from ..ml.bus import Bus\n", 1),
    "its name, from the engine's own folder": ("from bus import Bus\n", 1),
    "its name, in a function": ("def f():\n    from bus import Bus\n    return Bus\n", 2),
    "its name, or nothing": ("try:\n    from bus import Bus\nexcept ImportError:\n    Bus = None\n", 2),
    "the module": ("import bus\n\nbus.make()\nbus.Bus()\n", 4),
    "the module by its whole name": ("import engines.ml.bus\n\nprint(engines.ml.bus.Bus)\n", 3),
    "the module under another name": ("import engines.ml.bus as old\n\nprint(old.Bus)\n", 3),
    "the module out of its package": ("from engines.ml import bus\n\n\ndef f():\n    return bus.Bus()\n", 5),
    "the module out of its package, by dots": ("from . import bus as old\n\nold.Bus()\n", 3),
    "a text by which it is patched": ("import redis\n\npatch('engines.ml.bus.Bus.start')\n", 3),
    "a text by which the engine's own test patches it": ("# redis\nmonkeypatch.setattr('bus.Bus', None)\n", 2),
    "a text beside the module": ("from engines.ml import bus\n\npatch.object(bus, 'Bus')\n", 3),
    "a text that is put together, by which it is patched": ("import redis\n\npatch('engines.ml.b' 'us.Bus')\n", 3),
    "a call that is split, by which it is patched": ("import redis\n\n(patch  # all\n ('engines.ml.b' 'us.Bus'))\n", 4),
    "everything": ("from bus import *\n\nmake()\nBus()\n", 4),
}


@pytest.mark.parametrize("name", TAKEN, ids=slug)
def test_a_name_that_is_gone_and_taken_is_a_fault_with_its_place(name: str) -> None:
    text, line = TAKEN[name]
    other = "backend/engines/ml/service.py"
    assert proved(other, text) == f"{other}:{line}: exports: `Bus` is taken from {PATH}, where it is gone"
    assert proved(other, text, BEFORE) is None


NOT_TAKEN = {
    "a name that is still there": "from bus import make, Config, json\n",
    "a name of another module": "from bars import Bus\nimport other\n\nother.Bus()\n",
    "a module of that name in another package": "from engines.risk.bus import Bus\n",
    "an attribute of something else": "import bus\n\nbus.make().Bus\nBus = 1\n",
    "everything, and a name of its own": "from bus import *\n\nBus = 1\nprint(Bus)\n",
    "a text that patches what stays": "import bus\n\npatch('bus.json')\npatch.object(bus, 'make')\n",
    "a text that patches another module": "# redis\npatch('other.bus.Bus')\n",
    "a text": "import bus\n\nprint('bus.Bus')\n",
    "what does not parse": "from bus import Bus\ndef f(:\n",
}


@pytest.mark.parametrize("name", NOT_TAKEN, ids=slug)
def test_what_takes_nothing_that_is_gone_says_nothing(name: str) -> None:
    assert proved("backend/engines/ml/service.py", NOT_TAKEN[name]) is None


def test_a_file_of_another_engine_means_its_own_module_of_that_name() -> None:
    assert proved("backend/engines/risk/service.py", "from bus import Bus\n") is None
    other = "backend/tools/report.py"
    assert proved(other, "from engines.ml.bus import Bus\n") == (
        f"{other}:1: exports: `Bus` is taken from {PATH}, where it is gone"
    )


def test_a_change_that_takes_a_name_from_a_file_of_no_engine_is_no_branch() -> None:
    """That file is no part of the engine, and so no verdict looks at it."""
    text = (
        "from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig\n\n\n"
        "async def start():\n    bus = BufferedMessageBusClient(MessageBusConfig())\n    await bus.start()\n"
    )
    other = "backend/tools/report.py"
    texts = {**texts_of(text), other: b"from engines.portfolio.service import MessageBusConfig as Config\n"}
    result = change_texts(texts)
    fault = f"{other}:1: exports: `MessageBusConfig` is taken from {FOLDER}/service.py, where it is gone"
    assert ([*map(str, result.faults)], dict(result.texts), result.ledger.adds_up) == ([fault], {}, True)
    assert {site.reason for site in result.sites if site.held_by is None} == {f"its proof failed: {fault}"}
    assert {site.verdict for site in result.sites} == {Verdict.REFUSE}
    assert list(change_texts({**texts, other: b"from engines.portfolio.service import start\n"}).texts) == [SERVICE]

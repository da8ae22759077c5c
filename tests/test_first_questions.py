"""What `migrate init` cannot tell from the code: each is a question in engines.yaml, where its answer goes."""

from __future__ import annotations

import re
from pathlib import Path

from first_configs import NATIVE, SERVED, TARGET, WRAPPER, init, migrate, questions


def test_a_repository_without_a_target_asks_for_it(tmp_path: Path) -> None:
    files = {
        "backend/enhanced_messagebus_client.py": WRAPPER,
        "backend/engines/strategy/service.py": SERVED,
        "backend/engines/portfolio/service.py": SERVED,
    }
    text, campaign = init(tmp_path, files)
    assert campaign.settings.target.module == "dual_messagebus_client"
    assert questions(text)[0] == (
        "which module is the dual client? None offers publish_message and subscribe_to_... methods"
    )
    assert "which message type replaces the topic strategy.signal.*?" in questions(text)
    assert [each.migrated for each in campaign.engines] == [False, False]


def test_an_engine_that_publishes_by_priority_needs_no_target_to_be_read(tmp_path: Path) -> None:
    urgent = """\


async def urgent(bus: BufferedMessageBusClient, priority: MessagePriority = MessagePriority.LOW):
    await bus.publish("risk.metric.A", {"value": 1}, priority=MessagePriority.HIGH)
"""
    served = SERVED.replace("MessageBusConfig\n", "MessageBusConfig, MessagePriority\n", 1)
    files = {"enhanced_messagebus_client.py": WRAPPER, "engines/ml/service.py": served + urgent}
    text, _ = init(tmp_path, files)
    assert [question for question in questions(text) if "topic" in question] == [
        "which message type replaces the topic risk.metric.A?",
        "which message type replaces the topic strategy.signal.*?",
    ]
    assert "internal error" not in text


def test_a_target_that_cannot_be_relied_on_is_a_question_for_each_fault(tmp_path: Path) -> None:
    lacking = TARGET.replace(b"class MessagePriority", b"class Priority")
    text, _ = init(tmp_path, {"dual_messagebus_client.py": lacking, "risk/service.py": NATIVE})
    assert questions(text) == [
        "can the target be mended? Nothing is rewritten before: "
        "dual_messagebus_client.py:1: the target offers no enum MessagePriority; define it there, or import it from a "
        "module of the repository"
    ]


def test_ports_come_from_deployment_files_and_a_contradiction_is_a_question(tmp_path: Path) -> None:
    compose = """\
services:
  strategy:
    command: ["python", "-m", "uvicorn", "engines.strategy.service:app", "--port", "8700"]
  risk:
    command: uvicorn engines.risk.service:app --host 0.0.0.0 --port 8201
"""
    files = {
        "backend/dual_messagebus_client.py": TARGET,
        "backend/enhanced_messagebus_client.py": WRAPPER,
        "backend/engines/strategy/service.py": SERVED,
        "backend/engines/risk/service.py": NATIVE,
        "backend/engines/portfolio/service.py": SERVED,
        "backend/engines/portfolio/Dockerfile": "CMD python service.py --port=8900\n",
        "docker-compose.yml": compose,
    }
    text, campaign = init(tmp_path, files)
    assert {each.name: each.port for each in campaign.engines} == {"portfolio": 8900, "strategy": 8700, "risk": 8201}
    assert questions(text)[1:] == [
        "which port does risk serve on? The code says 8201 (docker-compose.yml:5), "
        "8200 (backend/engines/risk/service.py:4)"
    ]


def test_two_engines_of_one_port_leave_a_place_holder_and_a_question(tmp_path: Path) -> None:
    files = {
        "dual_messagebus_client.py": TARGET,
        "enhanced_messagebus_client.py": WRAPPER,
        "engines/strategy/service.py": f"PORT = 8000\n{SERVED}",
        "engines/portfolio/service.py": f"PORT = 8000\n{SERVED}",
    }
    text, campaign = init(tmp_path, files)
    assert {each.name: each.port for each in campaign.engines} == {"portfolio": 8000, "strategy": 1}
    assert questions(text)[1] == (
        "which port does strategy serve on? 1 only holds the place: "
        "engines/strategy/service.py:1 says 8000, which is another engine's"
    )


def test_a_client_of_another_server_and_code_of_several_engines_are_questions(tmp_path: Path) -> None:
    factory = (
        "from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig\n\n\n"
        "def get_bus():\n"
        '    return BufferedMessageBusClient(MessageBusConfig(redis_host="far-away", redis_port=6379))\n'
    )
    engine = (
        "from common.factory import get_bus\nfrom fastapi import FastAPI\n\napp = FastAPI()\nPORT = {port}\n\n\n"
        "async def signal():\n    bus = get_bus()\n    await bus.start()\n"
        '    await bus.publish("strategy.signal.A", {{"a": 1}})\n'
    )
    files = {
        "dual_messagebus_client.py": TARGET,
        "enhanced_messagebus_client.py": WRAPPER,
        "common/__init__.py": "",
        "common/factory.py": factory,
        "engines/strategy/service.py": engine.format(port=8700),
        "engines/portfolio/service.py": engine.format(port=8900),
    }
    text, campaign = init(tmp_path, files)
    assert [each.name for each in campaign.engines] == ["portfolio", "strategy"]
    assert any("far-away:6379" in question for question in questions(text))
    assert "# shared: [common/factory.py]" in text


def test_an_engine_that_does_not_parse_is_listed_with_a_question(tmp_path: Path) -> None:
    files = {
        "dual_messagebus_client.py": TARGET,
        "engines/risk/service.py": NATIVE,
        "engines/ml/service.py": f"{NATIVE}\n(\n",
    }
    text, campaign = init(tmp_path, files)
    assert [(each.name, each.migrated) for each in campaign.engines] == [("ml", False), ("risk", True)]
    assert any("engines/ml/service.py:12: does not parse" in question for question in questions(text))


OBSCURE = """\
import redis.asyncio as redis


class Hub:
    def __init__(self):
        self.redis = redis.Redis(host="localhost", port=6379)

    async def publish(self, topic, payload):
        await self.redis.xadd("hub", {"topic": topic, "payload": payload})

    async def on(self, topic, callback):
        self.table = [*self.table, (topic, callback)]

    async def replay(self, count):
        await self.redis.xread({"hub": count})
"""


def test_what_a_wrappers_source_does_not_say_is_asked_beside_its_key(tmp_path: Path) -> None:
    engine = (
        "from fastapi import FastAPI\nfrom hub import Hub\n\napp = FastAPI()\nPORT = 8700\n\n\n"
        'async def signal():\n    hub = Hub()\n    await hub.publish("strategy.signal.A", {"a": 1})\n'
    )
    files = {"dual_messagebus_client.py": TARGET, "hub.py": OBSCURE, "strategy/service.py": engine}
    text, campaign = init(tmp_path, files)
    assert questions(text) == [
        "which class is a handler given? Name it as `message`; handlers that take topic and payload apart are refused",
        "how is a subscription's topic compared: glob, prefix or exact? Its source does not say it plainly",
        "is what a handler raises logged (swallow), or raised (raise)? Its source does not say it plainly",
        "what does replay() mean: start, stop, publish, subscribe or connected? Say it in `methods`",
    ]
    (wrapper,) = campaign.settings.wrappers
    assert (wrapper.matching, wrapper.handler_errors, wrapper.methods["on"]) == ("glob", "swallow", "subscribe")


def test_a_topic_whose_use_is_refused_has_a_route_all_the_same(tmp_path: Path) -> None:
    refused = """\


async def again(bus: BufferedMessageBusClient):
    await bus.publish("risk.metric.A", {"value": 1}, retries=3)
"""
    files = {
        "dual_messagebus_client.py": TARGET,
        "enhanced_messagebus_client.py": WRAPPER,
        "engines/ml/service.py": SERVED + refused,
        "engines/risk/service.py": NATIVE,
    }
    _, campaign = init(tmp_path, files)
    assert [(route.match, route.message_type) for route in campaign.settings.routes] == [
        ("risk.metric.A", "RISK_METRIC"),
        ("strategy.signal.*", "STRATEGY_SIGNAL"),
    ]


def test_a_name_that_only_the_run_decides_is_a_question_with_its_place(tmp_path: Path) -> None:
    files = {
        "dual_messagebus_client.py": TARGET,
        "enhanced_messagebus_client.py": WRAPPER,
        "engines/ml/service.py": SERVED.replace('f"strategy.signal.{symbol}"', "symbol"),
        "engines/risk/service.py": NATIVE,
    }
    text, campaign = init(tmp_path, files)
    assert campaign.settings.routes == ()
    asked = "which topics does `symbol` hold?"
    assert asked in questions(text)[0]
    assert text.count("engines/ml/service.py:19\n") == 1  # it is no second question, of the routes
    root = tmp_path / "platform"
    assert asked in migrate("questions", "--repo", str(root)).stdout
    (answer,) = re.findall(r'# ("topic:.*"): \.\.\.', text)
    answered = text.replace("# answers:", "answers:").replace(f"# {answer}: ...", f"{answer}: strategy.signal.A")
    (root / "engines.yaml").write_text(answered)
    assert asked not in migrate("questions", "--repo", str(root)).stdout


def test_a_question_of_several_engines_names_the_places_of_all(tmp_path: Path) -> None:
    far = SERVED.replace('"localhost"', '"far-away"')
    files = {
        "dual_messagebus_client.py": TARGET,
        "enhanced_messagebus_client.py": WRAPPER,
        "engines/ml/service.py": far,
        "engines/risk/service.py": far,
    }
    text, _ = init(tmp_path, files)
    assert "  #   engines/ml/service.py:12, engines/risk/service.py:12\n" in text

"""What the websocket engine keeps for the dashboards."""

from engines.websocket.service import WebsocketEngine


def test_the_last_message_of_each_channel_is_shown():
    engine = WebsocketEngine()
    engine.show("factor-values", {"source": "factor", "value": "1.0"})
    engine.show("factor-values", {"source": "factor", "value": "2.0"})
    assert engine.latest == {"factor-values": {"source": "factor", "value": "2.0"}}
    assert engine.counters.stats()["handled"] == {"factor": {"factor-values": 2}}

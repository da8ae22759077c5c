"""What both others are told: which folders move, and which message type takes the place of a topic."""

from __future__ import annotations

WRAPPER = "enhanced_messagebus_client"
MOVING = ("portfolio", "collateral", "ml", "factor", "strategy", "websocket", "features")
TYPES = {
    "portfolio.update.": "PORTFOLIO_UPDATE",
    "strategy.signal.": "STRATEGY_SIGNAL",
    "risk.metric.": "RISK_METRIC",
    "ml.prediction.": "ML_PREDICTION",
}
CONNECTED = "(self.bus.marketdata_client is not None and self.bus.engine_logic_client is not None)"
"""What takes the place of the wrapper's `is_connected`."""

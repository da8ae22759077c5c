"""The campaign: phases, engines, branches, and what people read about them."""

__version__ = "0.1.0"

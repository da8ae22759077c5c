"""Risk sums. `SumEngine` is what others import."""
from engines.lazy_import.engine import SumEngine

__all__ = ["SumEngine"]

from functools import lru_cache

from pydantic import BaseModel, Field


class BusSettings(BaseModel):
    host: str = "localhost"
    port: int = Field(6379, ge=1)
    group: str = "limits"


class Settings(BaseModel):
    bus: BusSettings = BusSettings()
    limit: int = 100


@lru_cache
def get_settings() -> Settings:
    return Settings()

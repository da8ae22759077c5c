# -*- coding: latin-1 -*-
import redis

name = "Zürich"


def limit():
    return redis.Redis(host="localhost").get(name)

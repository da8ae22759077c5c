import redis
# -*- no declared encoding -*-
name = "Zürich"
redis.Redis().get(name)

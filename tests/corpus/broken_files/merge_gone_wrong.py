import redis

client = redis.Redis()
<<<<<<< HEAD
client.xadd("raw-ticks", {"from": "ours"})
=======
client.xadd("raw-ticks", {"from": "theirs"})
>>>>>>> feature/ticks

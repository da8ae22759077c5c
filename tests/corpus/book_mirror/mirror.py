import json, os, signal, sys, threading
import redis

stop = threading.Event()
book = {}


def follow(client, name):
    try:
        client.xgroup_create(name, "mirror", id="$", mkstream=True)
    except redis.ResponseError:
        pass
    print(json.dumps({"following": name}), flush=True)
    while not stop.is_set():
        for stream, messages in client.xreadgroup("mirror", "m-1", {name: ">"}, block=100) or ():
            for message_id, fields in messages:
                book[fields["id"]] = fields
                client.xack(stream, "mirror", message_id)
                print(json.dumps({"mirrored": fields}), flush=True)


if __name__ == "__main__":
    client = redis.StrictRedis(host=os.environ.get("REDIS_HOST", "localhost"), port=6379, decode_responses=True)
    threads = [threading.Thread(target=follow, args=(client, "orders:equity"), daemon=True)]
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    for t in threads: t.start()
    while not stop.wait(0.05): pass
    for t in threads: t.join()
    client.hset("mirror:state", mapping={"size": len(book)})
    client.close()
    sys.exit(3 if not book else 0)

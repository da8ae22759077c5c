#!/usr/bin/env python3
"""Books fills as they come in. A plain loop: one process, no threads, no framework.

An order called `halt` ends the day, and so does Ctrl-C.
"""
import json
import signal
import time

import redis

from ledger import Ledger

PAUSE = 0.02


def say(**facts):
    print(json.dumps(facts), flush=True)


class Recorder:
    """Reads the orders, and keeps its place itself."""

    def __init__(self, host='localhost'):
        self.link = redis.Redis(host=host, port=6379, decode_responses=True)
        self.ledger = Ledger(self.link)
        self.last = '0'
        self.halted = False

    def page(self, size=2):
        reply = self.link.xread({'orders:equity': self.last}, count=size, block=100)
        return [entry for _, entries in reply or [] for entry in entries]

    def book(self, order_id, fields):
        self.last = order_id
        if fields['account'] == 'halt':
            signal.raise_signal(signal.SIGINT)
            return
        total = self.ledger.add(fields['account'], float(fields['notional']))
        say(account=fields['account'], total=total, tail=[self.ledger.length() for _ in range(2)])

    def work(self):
        try:
            while True:
                for order_id, fields in self.page():
                    self.book(order_id, fields)
                    time.sleep(PAUSE)   # the books are slow
        except KeyboardInterrupt:
            say(bye=f'{self.ledger.length()} calls')


def main():
    recorder = Recorder()
    say(ready=True)
    recorder.work()


if __name__ == '__main__':
    main()

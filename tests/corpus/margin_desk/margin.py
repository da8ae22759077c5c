#!/usr/bin/env python3
# margin desk - watches orders, calls for margin.   Ctrl-C or SIGTERM to leave
import asyncio, json, signal, sys
from redis import asyncio as aioredis
from redis.exceptions import ResponseError

REDIS = {'host': 'localhost', 'port': 6379}
LIMIT = 1000.0
GROUP, ME = 'margin', 'margin-1'


def out(**kw):
	print(json.dumps(kw), flush = True)


class MarginDesk:
	def __init__(self, limit = LIMIT):
		self.limit = limit
		self.used = {}
		self.r = None
		self._stop = asyncio.Event()

	async def connect(self):
		# decode: we are text people
		self.r = aioredis.Redis(host='localhost', port=6379, decode_responses=True)
		for stream in ('orders:equity', 'orders:fx'):
			try:
				await self.r.xgroup_create(stream, GROUP, id='$', mkstream=True)
			except ResponseError as exc:
				if 'BUSYGROUP' not in str(exc):
					raise

	async def call(self, account, amount):
		'''margin call, kept short: the last 500 are plenty'''
		return await self.r.xadd('margin-calls', {'account': account, 'amount': f'{amount:.2f}'}, maxlen = 500)

	async def on_order(self, stream, fields):
		account = fields['account']
		self.used[account] = self.used.get(account, 0.0) + float(fields['notional'])
		over = self.used[account] - self.limit
		if over > 0:
			await self.call(account, over)
		out(order = fields['id'], stream = stream, over = max(over, 0.0))

	async def loop(self):
		while not self._stop.is_set():
			reply = await self.r.xreadgroup(GROUP, ME, {'orders:equity': '>', 'orders:fx': '>'}, count = 10, block = 200)
			for stream, entries in reply or []:
				for entry_id, fields in entries:
					await self.on_order(stream, fields)
					await self.r.xack(stream, GROUP, entry_id)		# only when done

	async def close(self):
		calls = await self.r.xlen('margin-calls')
		out(bye = True, calls = calls)
		await self.r.aclose()


async def main():
	desk = MarginDesk()
	await desk.connect()
	running = asyncio.get_running_loop()
	running.add_signal_handler(signal.SIGTERM, desk._stop.set)
	out(ready = True)
	try:
		await desk.loop()
	finally:
		await desk.close()
	return 0


if __name__ == '__main__':
	sys.exit(asyncio.run(main()))

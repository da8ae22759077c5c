import asyncio
import json

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig, MessagePriority


class Reporter:
	prefix = "desk.report"

	async def go(self, reports):
		self.bus = BufferedMessageBusClient(MessageBusConfig())
		await self.bus.start()
		for report in reports:
			sent = await self.bus.publish(f"{self.prefix}.{report['name']}", report)
			print(json.dumps({"report": report["name"], "sent": sent}))
		await self.bus.publish("desk.done", {"n": len(reports), "topic": "done"}, MessagePriority.HIGH)
		await self.bus.stop()


REPORTS = [{"name": "pnl", "value": 12.5}, {"name": "var", "value": 3}]

if __name__ == "__main__":
	asyncio.run(Reporter().go(REPORTS))

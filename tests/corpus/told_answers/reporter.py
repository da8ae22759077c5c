import asyncio
import json  # reports are small

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


REPORTS = [dict(name="pnl", value=12.5), dict(name="var", value=3)]

if __name__ == "__main__":
	asyncio.run(Reporter().go(REPORTS))

import asyncio
import json
import random

import scrapy


class RowsSpider(scrapy.Spider):
    """Items without a page. `rows`: JSON; `count`: how many; `pause`: seconds between them; `weight`: characters."""

    name = "rows"

    async def start(self):
        for row in json.loads(getattr(self, "rows", "[]")):
            yield row
        for n in range(int(getattr(self, "count", 0))):
            yield {"id": str(n), "text": random.Random(n).randbytes(int(getattr(self, "weight", 0)) // 2).hex()}
            if pause := float(getattr(self, "pause", 0)):
                await asyncio.sleep(pause)

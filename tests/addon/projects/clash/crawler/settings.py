BOT_NAME = "clash"
SPIDER_MODULES = ["crawler.spiders"]
LOG_LEVEL = "WARNING"

ADDONS = {"cleaners.scrapy_addon.WinnowAddon": 500}
FEEDS = {"out/%(name)s-%(batch_id)05d.parquet": {"format": "parquet", "batch_item_count": 2}}

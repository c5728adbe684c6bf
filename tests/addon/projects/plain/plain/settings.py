BOT_NAME = "plain"
SPIDER_MODULES = ["plain.spiders"]
ROBOTSTXT_OBEY = True
FEED_EXPORT_ENCODING = "utf-8"
LOG_LEVEL = "WARNING"

ADDONS = {"cleaners.scrapy_addon.WinnowAddon": 500}
FEED_EXPORTERS = {"parquet": "cleaners.scrapy_feeds.ParquetItemExporter"}  # for -O x.parquet

import scrapy

from crawler import items


class ArticlesSpider(scrapy.Spider):
    """Items of a class, which `kind` names."""

    name = "articles"

    async def start(self):
        for path in self.paths.split(","):
            yield scrapy.Request(self.site + path)

    def parse(self, response):
        yield getattr(items, getattr(self, "kind", "Article"))(url=response.url, html=response.text)

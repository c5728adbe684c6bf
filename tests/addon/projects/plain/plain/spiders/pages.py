import scrapy


class PagesSpider(scrapy.Spider):
    """Items are dicts that hold a page each."""

    name = "pages"

    def __init__(self, site, paths, own="", **arguments):
        super().__init__(**arguments)
        self.site, self.paths, self.own = site, paths.split(","), own

    async def start(self):
        for path in self.paths:
            yield scrapy.Request(self.site + path)

    def parse(self, response):
        item = {"url": response.url, "html": response.body}
        yield item | ({"title": self.own} if self.own else {})

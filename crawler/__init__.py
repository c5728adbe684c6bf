"""The Scrapy project: fetches pages and keeps them raw. No cleaning lives here."""

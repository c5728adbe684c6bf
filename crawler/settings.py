"""Polite and safe: only what differs from Scrapy's defaults, each with its reason."""

from importlib.metadata import version
from pathlib import Path

from scrapy.utils.conf import closest_scrapy_cfg

BOT_NAME = "webwinnow"
SPIDER_MODULES = ["crawler.spiders"]
COMMANDS_MODULE = "crawler.commands"  # `scrapy crawl` with exit codes that tell the outcome
ADDONS = {"crawler.contact.ContactAddon": 500}
SCHEDULER = "crawler.scheduler.FrontierScheduler"  # survives kill -9; it is the duplicate filter, too
ITEM_PIPELINES = {"crawler.pipelines.ArchivePipeline": 300}
EXTENSIONS = {"crawler.progress.StatusLine": 500}
SPIDER_MIDDLEWARES = {"crawler.middlewares.FrontierMiddleware": 10}  # sees last what a spider brings
DOWNLOADER_MIDDLEWARES = {
    "crawler.guard.GuardMiddleware": 10,  # first of all: whatever it refuses reaches nobody
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,  # allows all where robots.txt cannot be read
    "crawler.robots.RobotsMiddleware": 100,
    "crawler.tdmrep.TdmRepMiddleware": 110,  # behind robots.txt, which its own request obeys
    "crawler.middlewares.KeepContentEncoding": 595,  # sees answers before 590 unpacks them
}
TWISTED_DNS_RESOLVER = "crawler.guard.GuardedResolver"  # refuses private addresses, whatever name leads to them

# Ours
RAW_DIR = str(Path(closest_scrapy_cfg()).parent / "data" / "raw")  # where pages are kept
CONTACT = ""  # how the owner of a site can reach whoever runs this crawl: an address or a mail
ALLOW_PRIVATE: list[str] = []  # private addresses, networks and host names that may be asked all the same
OBEY_OPT_OUTS = True  # noindex, noai, TDM reservations and the like: such a page is not stored
MAX_ERRORS = 0.5  # share of the addresses; where more fail for reasons that may pass, the crawl ends with exit 3
SHARD = ""  # 2/8: the second of eight machines that share a crawl
LONGEST_CRAWL_DELAY = 300  # seconds; a host that asks for a longer pause is left alone

# Polite
USER_AGENT = f"webwinnow/{version('webwinnow')}"  # says who asks; CONTACT is added to it
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "webwinnow"  # the bare token: a rule must not match words inside CONTACT
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1  # seconds between two requests to a host; AutoThrottle only ever lengthens it
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 1  # Scrapy's 5 makes the first pages of every crawl slow for nothing

# Safe: addresses and answers come from strangers
DOWNLOAD_HANDLERS = {"file": None, "data": None, "ftp": None, "s3": None}  # a link must not read local files
DOWNLOAD_MAXSIZE = 16 * 1024 * 1024  # also after unpacking; a larger page would be rejected by the cleaners
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_VERIFY_CERTIFICATES = True
REDIRECT_MAX_TIMES = 5
METAREFRESH_ENABLED = False  # a redirect written by the page's author, and no page to keep
REFERRER_POLICY = (
    "no-referrer"  # no host learns where a link to it stands, and no frontier repeats it a thousand times
)
COOKIES_ENABLED = False  # every page as a first visitor sees it, and nothing that follows us
HTTPCACHE_ENABLED = False  # Scrapy's default, written down: its files are pickles
TELNETCONSOLE_ENABLED = False  # both open a port on this machine that runs Python code
REMOTE_CONTROL_ENABLED = False

CONCURRENT_ITEMS = 4  # Scrapy's 100 make as many tasks for every page; ours are stored without waiting

# Quiet: failed addresses are in _rejects.jsonl, the last line of stderr sums up
LOG_LEVEL = "WARNING"
RETRY_GIVE_UP_LOG_LEVEL = "INFO"

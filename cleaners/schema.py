"""The columns of everything that flows: PAGES in, RECORDS and REJECTS out. No other module names a column type."""

import pyarrow as pa

#: One fetched page, or one already-extracted text. What is not known is null.
PAGES = pa.schema(
    [
        ("id", pa.string()),  # the row's own, or the WARC-Record-ID; null: clean.py makes one
        ("url", pa.string()),
        ("date", pa.string()),  # fetch time, ISO 8601, Z
        ("file_path", pa.string()),  # which input, relative to where it was named
        ("offset", pa.int64()),  # WARC, zip, tar: byte; JSON lines: line from 1; Parquet: row from 1; one page: 0
        ("html", pa.binary()),  # bytes as fetched; wins over `text` where both stand
        ("charset", pa.string()),  # what the transport declared, not what the page says of itself
        ("text", pa.string()),  # text that somebody extracted before
        ("title", pa.string()),
        ("dump", pa.string()),
        ("token_count", pa.int64()),
        ("declared_language", pa.string()),
        ("fetch_status", pa.int16()),
        ("warc_filename", pa.string()),
        ("warc_record_offset", pa.int64()),
        ("warc_record_length", pa.int64()),
        ("problem", pa.string()),  # one of REASONS, where the input could not be read as a page
        ("problem_detail", pa.string()),
    ]
)

REMOVAL = pa.struct(
    [
        ("start", pa.int32()),  # code points of the extracted text
        ("end", pa.int32()),
        ("rule", pa.string()),
        ("category", pa.string()),
        ("detail", pa.string()),
        ("text", pa.string()),
    ]
)

#: FineWeb's nine columns first, with its names, types and order; then ours.
RECORDS = pa.schema(
    [
        ("text", pa.string()),
        ("id", pa.string()),
        ("dump", pa.string()),
        ("url", pa.string()),
        ("date", pa.string()),
        ("file_path", pa.string()),
        ("language", pa.string()),
        ("language_score", pa.float64()),
        ("token_count", pa.int64()),
        ("title", pa.string()),
        ("author", pa.string()),
        ("date_published", pa.string()),
        ("site_name", pa.string()),
        ("canonical_url", pa.string()),
        ("page_kind", pa.string()),
        ("url_host_registered_domain", pa.string()),
        ("fetch_status", pa.int16()),
        ("content_digest", pa.string()),
        ("warc_filename", pa.string()),
        ("warc_record_offset", pa.int64()),
        ("warc_record_length", pa.int64()),
        ("language_script", pa.string()),
        ("word_count", pa.int64()),
        ("removed_share", pa.float32()),
        ("flags", pa.list_(pa.string())),
        ("removed", pa.list_(REMOVAL)),
        ("cleaner_version", pa.string()),
        ("ruleset", pa.string()),
    ]
)

REJECTS = pa.schema(
    [
        ("id", pa.string()),
        ("url", pa.string()),
        ("file_path", pa.string()),
        ("offset", pa.int64()),
        ("stage", pa.string()),  # load, extract or clean
        ("reason", pa.string()),  # one of REASONS
        ("detail", pa.string()),
        ("content_digest", pa.string()),
    ]
)

#: Why a page became a reject and not a record. Closed: nothing else is ever written.
REASONS = {
    "empty": "the page holds no bytes, or nothing but white space",
    "too_large": "the page is larger than the cap on a page's size",
    "too_deep": "tags are nested deeper than the HTML parser can follow",
    "not_html": "the bytes are an image, an archive or another binary format",
    "charset_undecodable": "no known character encoding turns the bytes into text",
    "row_invalid": "the row is not a JSON object, or its columns hold values of the wrong type",
    "content_missing": "the row has neither HTML nor text",
    "record_truncated": "the archive ends, or breaks off, inside this record",
    "archive_damaged": "a stretch of the archive cannot be read, from this offset on",
    "member_unreadable": "the archive's member is encrypted, sparse, no regular file, or packed in an unknown way",
    "no_text": "extraction ran and found no text in the page",
    "extract_error": "extraction failed",
    "timeout": "the page took more CPU time than a page may, or its process fell silent",
    "memory": "the page took more memory than a page may",
    "worker_killed": "the process died that had the page in hand, twice",
    "clean_error": "a rule or stage failed: a fault in Winnow; please report it with the page",
}

#: The 26 classes of leftovers, the printed headline, and what learned evidence took. Each removal has one as its
#: category.
CATEGORIES = {
    "meta-line": "date, byline, reading time",
    "weather-clock": "weather, clock or ticker above the article",
    "language-switch": "link to the page in another language",
    "app-promo": "invitation to install an app",
    "nav-menu": "menus, breadcrumbs, skip links, tag lists",
    "share-buttons": "share, print, mail, copy the link",
    "social-follow": "invitation to follow the site elsewhere",
    "newsletter-signup": "newsletter and push sign-up",
    "paywall-donate": "subscribe, register, log in, donate",
    "ads-commerce": "advertising markers, sponsored links",
    "consent-embed": "cookie banners, blocked embeds",
    "related-inline": "one line that promotes another article",
    "related-list": "titles or teasers of other articles",
    "widget-heading": "heading of a widget whose list is gone",
    "comment-prompt": "invitation to comment, form labels, counters",
    "comment-policy": "rules and disclaimers of the comment section",
    "user-comment": "readers' comments",
    "placeholder-text": "lorem ipsum and theme demo text",
    "legal-footer": "copyright, terms, imprint",
    "translation-notice": "notice of a translation",
    "source-credit": "agency, source and editor credits",
    "media-ui": "photo credits, player controls",
    "author-box": "about the author",
    "cta-selfpromo": "the site promotes itself",
    "engagement-widget": "ratings, polls, counters, error reports",
    "ui-technical": "script notices, template tokens, raw markup",
    "headline": "the headline, which is the column `title`",
    "unclassified": "a leftover by all learned evidence, which does not tell of which class",
}

#: Notes on a record. Closed.
FLAGS = {
    "all_removed": "every block was removed; `text` is empty",
    "mostly_removed": "more than half of the extracted characters were removed",
    "many_blocks": "the page holds more than 20,000 blocks: none was judged, those of mostly links were left out",
    "charset_guessed": "the page declared no usable character encoding; it was guessed from the bytes",
    "charset_lossy": "some bytes did not fit the page's character encoding and became U+FFFD",
}

#: A page larger than this is rejected as `too_large`, bytes.
MAX_PAGE_BYTES = 24 * 1024 * 1024

"""WET files: WARC files whose conversion records hold the text of pages."""

from cleaners.load.records import Record
from cleaners.load.rows import Row, problem, quoted, too_large, well_formed
from cleaners.schema import MAX_PAGE_BYTES

# ISO 639-3, as crawls write it -> ISO 639-1. What is missing here is not told apart by the cleaning.
_CODES = """
afr af  amh am  ara ar  aze az  bel be  ben bn  bod bo  bos bs  bul bg  cat ca  ces cs  cym cy  dan da  deu de
ell el  eng en  epo eo  est et  eus eu  fas fa  fin fi  fra fr  gle ga  glg gl  guj gu  heb he  hin hi  hrv hr
hun hu  hye hy  ind id  isl is  ita it  jpn ja  kan kn  kat ka  kaz kk  khm km  kor ko  lao lo  lat la  lav lv
lit lt  mal ml  mar mr  mkd mk  mlt mt  mon mn  msa ms  mya my  nep ne  nld nl  nno nn  nob nb  nor no  pan pa
pol pl  por pt  ron ro  rus ru  sin si  slk sk  slv sl  som so  spa es  sqi sq  srp sr  swa sw  swe sv  tam ta
tel te  tgl tl  tha th  tur tr  ukr uk  urd ur  uzb uz  vie vi  zho zh
"""
_words = _CODES.split()
_SHORT = dict(zip(_words[::2], _words[1::2], strict=True))


def is_page(record: Record) -> bool:
    """Whether the record is the text of a page."""
    media_type = (record["Content-Type"] or "").partition(";")[0].strip().lower()
    return record.kind == "conversion" and media_type == "text/plain"


def with_text(row: Row, record: Record, raw: bytes) -> Row:
    """The row with its text, or with why there is none."""
    where = f"record at byte {row['offset']}"
    row = row | {"declared_language": language(record["WARC-Identified-Content-Language"])}
    if len(raw) > MAX_PAGE_BYTES:
        return too_large(row, where, record.length)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        why = f"{where}, byte {error.start + 1} of its text: not UTF-8: {quoted(error.reason)[1:-1]}"
        return problem(row, "charset_undecodable", why)
    return row | {"text": well_formed(text).replace("\r\n", "\n").replace("\r", "\n")}


def language(identified: str | None) -> str | None:
    """The first of the languages, which is the most frequent one, as ISO 639-1; None: it has no code there.

    >>> language("deu,eng"), language("en"), language("xxx"), language(None)
    ('de', 'en', None, None)
    """
    first = (identified or "").split(",")[0].strip().lower()
    return first if first in _SHORT.values() else _SHORT.get(first)

"""Bytes -> text. Each case is a whole page in one encoding that claims another, or none; its text must come out."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaners import charset, extract, schema

TEXTS = {
    "en": "The ferry “Alder” crosses at dawn – the ferryman’s café opens an hour later, and a coffee costs €2 there.",
    "fr": "Le passeur répète que la traversée coûte très peu, même à Noël ; l’été, quand la rivière est basse, les "
    "élèves passent à pied et déjeunent près du château.",
    "de": "Die Fähre überquert täglich den Fluss, und der Fährmann grüßt die Gäste. Für Schüler ist die Überfahrt "
    "kostenlos, für größere Gruppen günstig.",
    "es": "El barquero cruza el río cada mañana y saluda a los niños; «¿vendrás también el sábado?», pregunta. Aquí "
    "nadie tenía más prisa que él.",
    "sv": "Färjan går över ån varje morgon, och färjkarlen känner alla på bryggan. På vintern när isen är tjock går "
    "de boende över på egen hand.",
    "cs": "Převozník říká, že žluťoučký kůň přes řeku nikdy nechtěl. Děti však každý večer čekají na břehu, až "
    "přívoz přijede, a těší se na příští léto.",
    "pl": "Przewoźnik mówi, że łódź płynie każdego ranka, choćby wiał wiatr. Dzieci z miasteczka chętnie słuchają "
    "jego opowieści o żółtych żaglach i źródłach rzeki.",
    "hu": "A révész minden reggel átviszi az utasokat a folyón, és mindenkit név szerint ismer. Télen, amikor befagy "
    "a víz, a város lakói gyalog mennek át a túlsó partra, ősszel pedig csőrös madarakra lesnek a fűben.",
    "tr": "Feribot her sabah ırmağı geçer ve kayıkçı bütün yolcuları adıyla tanır. Kışın su donduğunda kasabalılar "
    "karşı kıyıya yürüyerek geçer, çocuklar buzun üstünde oynar.",
    "ru": "Паром ходит через реку каждое утро, и паромщик знает всех пассажиров по именам. Зимой, когда вода "
    "замерзает, жители переходят на другой берег пешком.",
    "uk": "Пором ходить через річку щоранку, і поромник знає всіх пасажирів. Узимку, коли вода замерзає, мешканці "
    "міста переходять на інший берег пішки, їхні діти теж.",
    "el": "Το φέρι περνά το ποτάμι κάθε πρωί και ο βαρκάρης γνωρίζει όλους τους επιβάτες με το όνομά τους. Τον "
    "χειμώνα οι κάτοικοι περνούν απέναντι με τα πόδια.",
    "ar": "تعبر العبارة النهر كل صباح، ويعرف صاحبها أسماء جميع الركاب. وفي الشتاء، عندما تتجمد المياه، يعبر سكان "
    "البلدة إلى الضفة الأخرى مشيا.",
    "he": "המעבורת חוצה את הנהר בכל בוקר, והמעבוראי מכיר את כל הנוסעים בשמם. בחורף, כשהמים קופאים, תושבי העיירה "
    "עוברים לגדה השנייה ברגל.",
    "th": "เรือข้ามฟากออกทุกเช้า คนแจวเรือรู้จักชื่อผู้โดยสารทุกคน ในหน้าหนาวชาวเมืองเดินข้ามสะพานไม้ไปอีกฝั่งหนึ่ง",
    "zh": "渡船每天早上都要过河，船夫认识每一位乘客。冬天河水结冰以后，镇上的居民就步行到对岸去，"
    "孩子们则在冰上玩耍，直到春天来临。",
    "zh-gbk": "朱镕基和李喆昨天乘渡船过河，船夫说瞭望塔已经修好，囧字写在门口。"
    "冬天河水结冰以后，镇上的居民就步行到对岸去。",
    "zh-tw": "渡船每天早上都要過河，船夫認識每一位乘客。"
    "冬天河水結冰以後，鎮上的居民就步行到對岸去，孩子們則在冰上玩耍，直到春天來臨。",
    "ja": "渡し船は毎朝川を渡り、船頭は乗客の名前をみな覚えています。"
    "冬になって川が凍ると、町の人々は歩いて向こう岸へ行き、子どもたちは氷の上で遊びます。",
    "ko": "나룻배는 매일 아침 강을 건너고, 뱃사공은 승객의 이름을 모두 알고 있습니다. "
    "겨울에 강이 얼면 마을 사람들은 걸어서 건너편으로 갑니다.",
}


def page(text: str, meta: str | None = None) -> str:
    declaration = f'<meta charset="{meta}">' if meta else ""
    return (
        f"<!DOCTYPE html><html><head>{declaration}<title>Alder</title></head><body><article>"
        f"<p>{text}</p><p>{text} (2)</p><p>{text} (3)</p></article></body></html>"
    )


def body(text: str) -> str:
    return f"{text}\n{text} (2)\n{text} (3)"


# Language of the text, encoding of the bytes, what the page declares, what the transport declares.
DECLARED = [
    ("en", "utf-8", "utf-8", None),
    ("en", "utf-8", None, "utf-8"),
    ("fr", "cp1252", "iso-8859-1", None),
    ("fr", "cp1252", "iso-8859-15", None),
    ("de", "latin-1", None, "iso-8859-1"),
    ("fr", "cp1252", "us-ascii", None),
    ("cs", "iso-8859-2", "iso-8859-2", None),
    ("pl", "cp1250", "windows-1250", None),
    ("ru", "cp1251", "windows-1251", None),
    ("ru", "koi8-r", "koi8-r", None),
    ("uk", "koi8-u", "koi8-u", None),
    ("el", "iso-8859-7", "iso-8859-7", None),
    ("ar", "cp1256", "windows-1256", None),
    ("tr", "cp1254", "iso-8859-9", None),
    ("th", "cp874", "tis-620", None),
    ("zh", "gb2312", "gb2312", None),
    ("zh-gbk", "gbk", "gb2312", None),
    ("zh-gbk", "gb18030", "gbk", None),
    ("zh-tw", "big5", "big5", None),
    ("ja", "shift_jis", "shift_jis", None),
    ("ja", "euc-jp", "euc-jp", None),
    ("ja", "iso-2022-jp", "iso-2022-jp", None),
    ("zh", "hz", "hz-gb-2312", None),
    ("ko", "euc-kr", "euc-kr", None),
]
UNDECLARED = [
    ("ru", "utf-8"),
    ("zh", "utf-8"),
    ("en", "utf-8-sig"),
    ("en", "cp1252"),
    ("fr", "cp1252"),
    ("de", "latin-1"),
    ("es", "cp1252"),
    ("sv", "latin-1"),
    ("cs", "cp1250"),
    ("cs", "iso-8859-2"),
    ("pl", "cp1250"),
    ("pl", "iso-8859-2"),
    ("hu", "cp1250"),
    ("tr", "cp1254"),
    ("ru", "cp1251"),
    ("ru", "koi8-r"),
    ("uk", "cp1251"),
    ("el", "cp1253"),
    ("ar", "cp1256"),
    ("he", "cp1255"),
    ("th", "cp874"),
    ("zh", "gb18030"),
    ("zh-gbk", "gb18030"),
    ("zh-tw", "big5"),
    ("ja", "shift_jis"),
    ("ja", "euc-jp"),
    ("ja", "iso-2022-jp"),
    ("ko", "euc-kr"),
    ("ru", "utf-16"),
    ("ru", "utf-16-le"),
    ("ru", "utf-16-be"),
    ("zh", "utf-16-le"),
    ("zh", "utf-16-be"),
    ("ru", "utf-32"),
    ("ru", "utf-32-le"),
    ("ru", "utf-32-be"),
]
WRONGLY_DECLARED = [
    ("en", "utf-8", "iso-8859-1", None),
    ("en", "utf-8", "iso-8859-1", "iso-8859-1"),
    ("ru", "utf-8", "utf-16", None),
    ("ru", "utf-8-sig", "iso-8859-1", "windows-1251"),
    ("fr", "cp1252", "utf-8", None),
    ("de", "latin-1", "utf-8", "utf-8"),
    ("en", "cp1252", "utf-8", None),
    ("cs", "cp1250", "utf-8", None),
    ("ru", "cp1251", "iso-8859-1", None),
    ("ru", "cp1251", "windows-1251", "utf-8"),
    ("ru", "koi8-r", "koi8-r", "iso-8859-1"),
    ("zh", "gb2312", "gb2312", "iso-8859-1"),
    ("zh", "gbk", "utf-8", "iso-8859-1"),
    ("zh", "gb18030", None, "iso-8859-1"),
    ("zh-tw", "big5", "utf-8", None),
    ("ja", "shift_jis", "euc-jp", None),
    ("ja", "shift_jis", None, "iso-8859-1"),
    ("ja", "iso-2022-jp", "utf-8", None),
    ("ko", "euc-kr", "utf-8", None),
    ("ru", "utf-16-le", "utf-8", "utf-8"),
    ("fr", "cp1252", "x-unknown", "x-unknown"),
    ("ru", "cp1251", "x-unknown", None),
]


@pytest.mark.parametrize(("name", "encoding", "meta", "header"), DECLARED)
def test_declared_encoding_is_used(name, encoding, meta, header):
    document = extract.from_html(page(TEXTS[name], meta).encode(encoding, "xmlcharrefreplace"), header)
    assert (document.text, document.flags) == (body(TEXTS[name]), ())


@pytest.mark.parametrize(("name", "encoding"), UNDECLARED)
def test_undeclared_encoding_is_found(name, encoding):
    document = extract.from_html(page(TEXTS[name]).encode(encoding, "xmlcharrefreplace"))
    assert document.text == body(TEXTS[name])
    certain = encoding.startswith(("utf", "iso-2022"))
    assert document.flags == (() if certain else ("charset_guessed",))


@pytest.mark.parametrize(("name", "encoding", "meta", "header"), WRONGLY_DECLARED)
def test_wrong_declaration_does_no_harm(name, encoding, meta, header):
    document = extract.from_html(page(TEXTS[name], meta).encode(encoding, "xmlcharrefreplace"), header)
    assert document.text == body(TEXTS[name])
    assert "charset_lossy" not in document.flags


def test_the_servers_default_gives_way_to_the_pages_own_declaration():
    """`charset=iso-8859-1` in a header is what a server sends that nobody told anything."""
    raw = page(TEXTS["zh"], "gb2312").encode("gb2312")
    assert charset.decode(raw, "iso-8859-1") == (raw.decode("gb2312"), ())


def test_stray_bytes_cost_three_characters_and_not_the_page():
    raw = page(TEXTS["zh"], "gb2312").encode("gb2312")
    for position in (400, 300, 200):
        at = raw.index("，".encode("gb2312"), position)
        raw = raw[:at] + b"\xff" + raw[at:]
    document = extract.from_html(raw)
    assert document.flags == ("charset_lossy",)
    assert document.text.replace("\ufffd", "") == body(TEXTS["zh"])


@pytest.mark.parametrize("quotes", [1, 2, 40])
def test_a_few_western_bytes_on_an_english_page_are_no_damaged_utf8(quotes):
    text = "The ferry crosses the river at dawn, and nobody in town minds the noise it makes. " * 60
    raw = page(text).encode().replace(b"</article>", b"<p>" + b"It isn\x92t dear. " * quotes + b"</article>")
    document = extract.from_html(raw)
    assert "It isn’t dear." in document.text
    assert document.flags == ("charset_guessed",)


@pytest.mark.parametrize("text", ["Café Alder", "Das Bad ist größer", TEXTS["de"][:40]])
def test_a_page_is_not_lost_for_an_accent_that_allows_no_guess(text):
    document = extract.from_html(f"<html><body><p>{text}</p></body></html>".encode("cp1252"))
    assert document.text == text
    assert document.flags == ("charset_guessed",)


def test_utf8_with_a_damaged_advertisement_stays_utf8():
    raw = page(TEXTS["ru"], "utf-8").encode() + b"<p>Caf\xe9 Alder, the best caf\xe9 in town</p>"
    document = extract.from_html(raw)
    assert document.text.startswith(body(TEXTS["ru"]))
    assert document.flags == ("charset_lossy",)


def test_codecs_that_are_no_character_encodings_are_not_used():
    """Python's codecs know more than web pages may ask for."""
    names = ["rot13", "hex", "base64", "zlib", "bz2", "idna", "punycode", "unicode_escape", "undefined"]
    names += ["raw_unicode_escape", "utf-7", "utf-16", "oem"]
    for name in [*names, "x" * 5000, "", " ", "utf-8; x", "\x00", "'\"", "iso-8859-99"]:
        document = extract.from_html(page(TEXTS["ru"], name).encode(), name)
        assert document.text == body(TEXTS["ru"]), name


@pytest.mark.parametrize("size", [40, 60, 400, 4_000, 400_000])
@pytest.mark.parametrize("start", [b"", b"<html><body><p>"])
def test_random_bytes_are_rejected_by_name(size, start):
    for seed in range(10 if size < 10_000 else 1):
        with pytest.raises(extract.PageRejected) as rejected:
            extract.from_html(start + random.Random(seed).randbytes(size))
        assert rejected.value.reason in {"not_html", "charset_undecodable", "no_text"} & set(schema.REASONS)


@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "gbk", "latin-1", "utf-16", "shift_jis", "x"]))
def test_decoding_never_raises(raw, declared):
    decoded = charset.decode(raw, declared)
    assert decoded is None or isinstance(decoded[0], str)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_utf8_is_taken_as_it_stands(text):
    text = f"<p>{text}".replace("\0", "").replace("\x1b", "").replace("~{", "")
    assert charset.decode(text.encode()) == (text, ())

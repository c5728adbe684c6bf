"""Hostile texts: what rules, stages, languages and the ledger meet, in pages and in already-extracted text."""

import string

from bench.survival.corpus import PARAGRAPHS, SENTENCES, TEXT, Hostile, Table, in_text, inside, listed, page, whole

KHMER = "សាឡាងនៅអាល់ឌ័រចេញយឺតព្រឹកនេះ ព្រោះអ័ព្ទគ្របដណ្តប់ទន្លេរហូតដល់ម៉ោងប្រាំបួន។"
AMHARIC = "ዛሬ ጠዋት ጀልባው ዘግይቶ ተነሳ፣ ምክንያቱም እስከ ሦስት ሰዓት ድረስ በወንዙ ላይ ጭጋግ ነበር።"
OTHERS = (
    "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ᎠᏂᏴᏫᏯ ᎤᏂᏬᏂᎯᏍᏗ ᎨᏒᎢ ᎠᎴ ᏧᎾᏕᎶᏆᏍᏗ ᎨᏒᎢ ᏂᎦᏛ.",
    "ᐃᓄᒃᑎᑐᑦ ᐅᖃᐅᓯᖅ ᓄᓇᕗᒻᒥ ᐊᑐᖅᑕᐅᕙᒃᑐᖅ ᐃᓄᖕᓄᑦ ᐊᒥᓱᓄᑦ.",
    "ދިވެހި ބަހަކީ ރާއްޖޭގެ ރަސްމީ ބަހެވެ. އެއީ ގިނަ މީހުން ބޭނުންކުރާ ބަހެކެވެ.",
    "ꯃꯤꯇꯩꯂꯣꯟ ꯑꯁꯤ ꯃꯅꯤꯄꯨꯔꯒꯤ ꯂꯣꯟ ꯑꯃꯅꯤ꯫",
    "ⵜⴰⵎⴰⵣⵉⵖⵜ ⵜⴳⴰ ⵜⵓⵜⵍⴰⵢⵜ ⵏ ⵉⵎⴰⵣⵉⵖⵏ ⴳ ⵜⴰⵎⴰⵣⵖⴰ.",
    "𐌰𐍄𐍄𐌰 𐌿𐌽𐍃𐌰𐍂 𐌸𐌿 𐌹𐌽 𐌷𐌹𐌼𐌹𐌽𐌰𐌼 𐍅𐌴𐌹𐌷𐌽𐌰𐌹 𐌽𐌰𐌼𐍉 𐌸𐌴𐌹𐌽.",
)
LEFTOVERS = ("Share this", "Leave a comment", "- Advertisement -", "Follow us on Facebook", "Read also: The ferry")
# Each is a string on which some expression that is written carelessly takes for ever.
EXPLOSIVE = (
    "- " * 5_000, "share " * 3_000, " ".join(map(str, range(5_000))), "a" * 50_000 + "!", "(" * 20_000, ")" * 20_000,
    "| " * 10_000, "." * 50_000, "· " * 10_000, "#tag " * 5_000, "@a " * 5_000, "a@" * 10_000, "1/" * 10_000,
    "12:" * 10_000, "Jan 1, " * 4_000, "by By " * 4_000, "© " * 10_000, "http://a " * 3_000, "www." * 10_000,
    "»" * 20_000, "read more " * 3_000, "x " * 30_000 + ":", "\t " * 20_000 + "x", "lorem ipsum " * 3_000,
        "A " * 20_000,
    "Photo: " * 4_000, "€1 " * 10_000, "… " * 10_000, "-" * 100_000, "\xa0 " * 10_000 + "x", "'" * 30_000,
        '"a' * 20_000,
    "😀 " * 10_000, "𝐀" * 20_000, "e\u0301" * 20_000, "字" * 50_000, "ก" * 50_000, "!?" * 20_000, "0" * 100_000,
        "a.b." * 9_000,
)  # fmt: skip
LEDGER = (
    "       share-on | Share on Facebook", "Removal(start=0, end=5, rule='x')",
        '{"removed": [{"start": 0, "end": 9}]}',
    "[removed]", "                + and so on", "\ufffd\ufdd0 | \ufdd1",
)  # fmt: skip


def _lines(line: str, times: int) -> str:
    return "\n".join([line] * times)


PAGES: Table = [
    ("string that expressions explode on", "record|timeout", lambda piece: page(f"{PARAGRAPHS}<p>{piece}</p>"),
        EXPLOSIVE[:12]),
    ("string that expressions explode on, in a sentence", "record|timeout", inside, EXPLOSIVE[12:22]),
    ("page of nothing but leftovers", "record", lambda piece: page(f"<p>{piece}</p>" * 3), LEFTOVERS),
    # the block model goes by what stands in elements of the same looks: among a thousand of these a sentence may go
    ("leftovers by the thousand", "record", lambda piece: page(f"{PARAGRAPHS}{f'<p>{piece}</p>' * 1_000}"),
        LEFTOVERS[:2]),
    ("line that looks like the ledger's own", "kept", lambda piece: page(f"{PARAGRAPHS}<p>{piece}</p>"), LEDGER),
    ("page without a tag", "kept", whole, [TEXT, TEXT.replace("\n", "\r\n"), TEXT.replace("\n", "\r\r")]),
    ("page of one letter", "record", whole, ["<p>x", "x", "<p>é"]),
]  # fmt: skip

TEXTS: Table = [
    ("line that expressions explode on", "record|timeout", in_text, EXPLOSIVE),
    ("line of the ledger in a text", "kept", in_text, LEDGER),
    ("text of nothing but leftovers", "record", whole, [*LEFTOVERS, "\n".join(LEFTOVERS * 50)]),
    ("million lines of one letter", "record|timeout|memory slow", whole, [lambda: "x\n" * 1_000_000]),
    ("two hundred thousand empty lines", "kept|timeout", whole, [lambda: TEXT.replace("\n", "\n" * 30_000)]),
    ("line of five megabytes", "record|timeout slow", whole, [lambda: "The ferry left late. " * 250_000,
        lambda: "x" * 5_000_000]),
    ("million spaces", "kept|timeout", in_text, [lambda: " " * 1_000_000, lambda: "x" + " " * 1_000_000 + "x"]),
    ("nothing but white space of every kind", "empty", whole, [" \n\t\r\n", "\u2028\u3000\xa0\x85\x0b\x1c",
        "\n" * 1_000]),
    ("nothing but a mark", "record|empty", whole, [b"\xef\xbb\xbf", b"\xff\xfe", "\u200b", "\ufeff\ufeff"]),
    ("line ends of every kind", "kept", whole, [TEXT.replace("\n", end) for end in ("\r", "\r\n", "\n\r", "\r\r\n",
        "\n\n\r\n")]),
    ("line separators that are no line ends", "kept", in_text,
        [f"Alder{separator}Ferry" for separator in "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"]),
    ("white space at both ends of lines", "kept", in_text, [" \u2028 x \u3000", "\x85x\x85", "\xa0\xa0",
        "\u200b \u200b"]),
    ("control characters in a text", "kept", in_text, [string.printable, "\0", "\x1b[2J\x1b]0;x\x07", "\x08" * 50,
        "\x7f\x9b"]),
    ("folding that lengthens a line of a text", "kept", in_text, ["İ" * 2_000, "ŉ" * 500, "ẞß" * 500, "ΐΰ" * 500,
        "ﬃ" * 500]),
    ("marks and joiners in a text", "kept", in_text, ["\u0301" * 5_000, "\u200d" * 5_000, "👩\u200d👧" * 1_000,
        "\ufe0f" * 500]),
    ("directions in a text", "kept", in_text, ["\u202e" + SENTENCES[0], "\u2067" * 1_000,
        "شارك هذا \u200fAlder\u200e"]),
    ("text in a script without a detector", "record", whole, [_lines(KHMER, 6), _lines(AMHARIC, 6), *OTHERS]),
    ("text without letters", "record", whole, ["1 2 3 4 5", "😀😀😀", "!!!", "0" * 10_000, "—\n—\n—", "٣٤٥", "²³",
        "$1.00\n$2.00"]),
    ("one letter a million times", "record|timeout", whole, [lambda: "a" * 1_000_000, lambda: "ж" * 300_000]),
    ("all languages in one line", "record", whole, [" ".join(["The ferry", "渡船", "паром", "η πόλη", "עיר", "مدينة",
        "나룻배", KHMER, AMHARIC] * 40)]),
    ("every code point of a plane", "record", whole, [lambda: "".join(map(chr, [*range(1, 0xD800), *range(0xE000,
        0x10000)]))]),
    ("every code point of the higher planes, some", "record|timeout", whole, [lambda: "".join(map(chr, range(0x10000,
        0x110000, 97)))]),
    ("same line two hundred thousand times", "record|timeout slow", whole, [lambda: _lines(SENTENCES[0], 60_000),
        lambda: _lines("Share this", 60_000)]),
    ("words of a megabyte in Base64", "kept|record", in_text, [lambda: "QUJDREVG" * 125_000]),
    ("code, tables and other formats as text", "record", whole, ['{"a": [1, 2]}\n' * 50, "a,b,c\n1,2,3\n" * 50,
        "[[rule]]\nid = 'x'\nlines = ['.*']\n" * 20, "<p>not a page</p>\n" * 20, "MIME-Version: 1.0\n\n--x--\n"]),
    ("text of unpaired quotes and brackets", "kept", in_text, ["“" * 500, "([{<" * 500, "»«" * 500, '"\'`´' * 300]),
    ("text in an encoding to be guessed", "record", whole,
        ["Паром отошёл поздно из-за тумана над рекой. ".encode("cp1251") * 9, "今朝の渡し船は霧で遅れた。".encode("cp932") * 9,  # noqa: E501
        TEXT.encode("utf-16")]),
    ("bytes of text in no encoding", "charset_undecodable|record", whole, [bytes(range(256)) * 9,
        b"\x81\x8d\x8f\x90\x9d" * 300, b"\xff" * 500]),
]  # fmt: skip


def inputs() -> list[Hostile]:
    return [*listed(PAGES), *listed(TEXTS, ".txt")]

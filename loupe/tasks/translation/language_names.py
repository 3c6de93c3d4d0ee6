"""Names of languages in plain words, from the codes that checkpoints use."""

from __future__ import annotations

import re

# ISO 639-1, ISO 639-3 (of several where checkpoints differ), the name.
_TABLE = """
af afr Afrikaans; am amh Amharic; ar ara,arb Arabic; ast ast Asturian; az aze,azj Azerbaijani
ba bak Bashkir; be bel Belarusian; bg bul Bulgarian; bn ben Bengali; br bre Breton; bs bos Bosnian
ca cat Catalan; ceb ceb Cebuano; cs ces Czech; cy cym Welsh; da dan Danish; de deu German
el ell Greek; en eng English; eo epo Esperanto; es spa Spanish; et est,ekk Estonian; eu eus Basque
fa fas,pes Persian; ff ful Fula; fi fin Finnish; fo fao Faroese; fr fra French; fy fry Frisian
ga gle Irish; gd gla Scottish Gaelic; gl glg Galician; gu guj Gujarati; ha hau Hausa; he heb Hebrew
hi hin Hindi; hr hrv Croatian; ht hat Haitian Creole; hu hun Hungarian; hy hye Armenian
id ind Indonesian; ig ibo Igbo; ilo ilo Ilocano; is isl Icelandic; it ita Italian; ja jpn Japanese
jv jav Javanese; ka kat Georgian; kk kaz Kazakh; km khm Khmer; kn kan Kannada; ko kor Korean
ku kmr Kurdish; ky kir Kyrgyz; la lat Latin; lb ltz Luxembourgish; lg lug Ganda; ln lin Lingala
lo lao Lao; lt lit Lithuanian; lv lav,lvs Latvian; mg mlg,plt Malagasy; mi mri Māori
mk mkd Macedonian; ml mal Malayalam; mn mon,khk Mongolian; mr mar Marathi; ms msa,zsm Malay
mt mlt Maltese; my mya Burmese; ne nep,npi Nepali; nl nld Dutch; nn nno Norwegian Nynorsk
nb nob Norwegian Bokmål; no nor Norwegian; oc oci Occitan; or ori,ory Odia; pa pan Punjabi
pl pol Polish; ps pus,pbt Pashto; pt por Portuguese; qu que,quy Quechua; ro ron Romanian
ru rus Russian; rw kin Kinyarwanda; sd snd Sindhi; si sin Sinhala; sk slk Slovak; sl slv Slovenian
sn sna Shona; so som Somali; sq sqi,als Albanian; sr srp Serbian; su sun Sundanese; sv swe Swedish
sw swa,swh Swahili; ta tam Tamil; te tel Telugu; tg tgk Tajik; th tha Thai; tl tgl Tagalog
tr tur Turkish; tt tat Tatar; uk ukr Ukrainian; ur urd Urdu; uz uzb,uzn Uzbek; vi vie Vietnamese
wo wol Wolof; xh xho Xhosa; yi yid,ydd Yiddish; yo yor Yoruba; zh zho,cmn Chinese; yue yue Cantonese
zu zul Zulu
"""
_NAMES: dict[str, str] = {}
for _entry in re.split(r"[;\n]", _TABLE.strip()):
    _short, _long, _name = _entry.strip().split(" ", 2)
    _NAMES.update(dict.fromkeys((_short, *_long.split(",")), _name))

_SCRIPTS = {"Hans": "simplified", "Hant": "traditional"}
_REGIONS = {"CN": "simplified", "TW": "traditional", "BR": "Brazil"}


def language_name(code: str) -> str:
    """`en`, `eng_Latn`, `en_XX`, `__en__` and `>>eng<<` are English; an unknown code is itself."""
    bare = code.strip("<>_")
    language, _, rest = bare.partition("_")
    name = _NAMES.get(language.lower())
    if name is None:
        return bare
    if language.lower() in {"zh", "zho", "cmn", "yue", "pt"}:
        detail = _SCRIPTS.get(rest) or _REGIONS.get(rest)
        return f"{name} ({detail})" if detail else name
    return name


def iso_639_1(code: str) -> str:
    """The short code of a language, for rules that go by it; `en` where there is none."""
    name = _NAMES.get(code.strip("<>_").partition("_")[0].lower())
    return next((short for short, known in _NAMES.items() if known == name), "en") if name else "en"

"""Every word of the interface can be translated: none is written past components.i18n.

Two made-up languages. In the first a translated sentence stands between ⟦ and ⟧, so a word outside
of them was never handed to the translation. In the second the letters of every translated sentence
are dots and only what is filled in stays as it is, so a word that is left came in as a value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import i18n, resources, session, start_page
from components.classify import keys as classify_keys
from components.classify import modes as classify_modes
from components.dataset import keys as dataset_keys
from components.dataset import recipe_state
from components.dataset.source import FILE, samples
from components.fill_mask import keys, link
from components.generate import keys as generate_keys
from components.generate import modes as generate_modes
from components.inspect import keys as inspect_keys
from components.inspect import tabs as inspect_tabs
from components.inspect.cleaning.forms import FORMS
from components.shell import (
    CLASSIFY,
    FILL_MASK,
    FINE_TUNE,
    GENERATE,
    GUIDE,
    INSPECT,
    MODELS,
    PAGES,
    START,
    TOKENIZER,
)
from loupe.checkpoints.catalogue import load_catalogue
from loupe.checkpoints.conversions import Conversion
from loupe.checkpoints.download import Download
from loupe.checkpoints.order import checkpoint_order
from loupe.checkpoints.ref import CheckpointRef
from loupe.data.checks.literal_words import WORDS as LITERAL_WORDS
from loupe.data.recipe.recipe import Recipe, recipe_hash
from loupe.engine.devices import DTYPES
from loupe.tasks import fill_mask
from tests.pages.bad_input import CASES, Case, honest_pickle
from tests.pages.fine_tune.names import OF_THE_FORM
from tests.pages.generators import until_it_ends
from tests.pages.guide.words import of_the_guide
from tests.pages.inspect_dataset.inspectors import settled
from tests.pages.models.names import of_the_first_screen
from tests.pages.tokenizer.names import OF_THE_LIBRARY
from tests.pages.visitor import (
    by_key,
    click_inside,
    click_piece,
    error_boxes,
    figures,
    nodes,
    open_page,
    open_tab,
    pieces,
)

predict = fill_mask.predict
# Far above rounding, far below what the check calls wrong.
WRONG_BY_NATS = 2e-4

TEXT = "The cat sleeps on the [MASK]"

# What is the same in every language: names of programs, formats, units and precisions.
NAMES = (
    *("Loupe", "GPU (CUDA)", "GPU (Apple)", "CPU", "CUDA", "MPS", "GPU", "cuda", "mps", "auto"),
    *("MB", "GiB", "CSV", "JSON", "LoRA", "BERT", "RoBERTa", "GGUF", "https://…"),
    *("transformers", "safetensors", "save_pretrained", "torch", "float32", "LOUPE_ROOTS"),
    *("[MASK]", "BertModel", "BertForMaskedLM", "GPT2LMHeadModel", "own_architecture"),
    *DTYPES,
    *(start.id for start in PAGES),
)

# Fields of Streamlit's messages that no reader sees.
TECHNICAL = frozenset(
    {
        *("id", "form_id", "icon", "page", "page_script_hash", "query_string", "type", "tag"),
        *("component_name", "js_content", "css_content", "html_content", "query_param_key"),
        *("url", "theme", "language", "raw_value", "config", "selection_mode", "key", "anchor"),
        *("align", "json", "spec", "columns", "column_order", "stack_trace", "mime", "extension"),
        *(
            "element_id",
            "group_id",
            "fragment_id",
            "deferred_file_id",
            "color",
            "row_height",
            "uuid",
            "file_name",
        ),
    }
)
# What the person typed, or code: drawn as it is in every language.
THEIRS = {("text_area", "value"), ("text_input", "value"), ("code", "body"), ("code", "code_text")}

MARKUP = re.compile(r":material/\w+:|:(?:red|green|blue|orange)\[|</?[a-z·]+/?>|%[+.0-9]*[a-z]")
# Addresses, paths, file names and environment variables.
VALUES = re.compile(
    r"https?://\S+|(?:folder:)?(?<!\w)(?:/[\w.-]+){2,}|[\w.-]+\.(?:json|bin|safetensors)"
    r"|[A-Z]+(?:_[A-Z]+)+|models--\S+"
)
WORD = re.compile(r"[^\W\d_]{2,}")


def dotted(message: str, _language: str) -> str:
    """The second language: letters become dots, fields and markup stay."""
    parts = re.split(r"(\{[^{}]*\})", message)
    return "".join(p if p.startswith("{") else re.sub(r"[^\W\d_]", "·", p) for p in parts)


@pytest.fixture(params=["dotted"])
def translated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "dotted":
        monkeypatch.setattr(i18n, "translate", dotted)
    return str(request.param)


# What a page says


def visible(at: AppTest) -> Iterator[tuple[str, str]]:
    """(where, text) of everything that a page's reader can see or hear."""
    for node in nodes(at._tree):
        if node.proto is None:
            continue
        yield from _strings(node.type, node.proto, node.type)
        if node.type == "bidi_component":
            data = json.loads(node.proto.json)
            yield from _of_component(data)
        elif node.type == "plotly_chart":
            yield from _of_figure(json.loads(node.proto.spec))
        elif node.type == "dataframe":
            yield from _of_table(node)


def _strings(kind: str, message: Any, where: str) -> Iterator[tuple[str, str]]:
    """The strings of a protobuf message and of those in it."""
    for part, value in message.ListFields():
        if part.name in TECHNICAL or (kind, part.name) in THEIRS:
            continue
        values = list(value) if part.is_repeated else [value]
        if part.type == part.TYPE_STRING:
            yield from ((f"{where}.{part.name}", text) for text in values)
        elif part.type == part.TYPE_MESSAGE and part.name != "arrow_data":
            for inner in values:
                yield from _strings(kind, inner, f"{where}.{part.name}")


def _of_component(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "characters" in data:
        return _of_axis(data)
    if "rows" in data:
        return _of_rows(data)
    if "items" in data:
        return _of_items(data)
    return _of_strip(data) if "pieces" in data else _of_marks(data)


def _of_axis(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names of checkpoints and pieces are theirs."""
    yield "axis.label", data["label"]


def _of_rows(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names of columns and cells are the dataset's."""
    for name, text in data["words"].items():
        yield f"rows.{name}", text
    for row in data["rows"]:
        yield "rows.label", row["label"]
        yield from (("rows.note", note) for note in row["notes"])
        yield from (("rows.more", cell["more"]) for cell in row["cells"] if "more" in cell)


def _of_items(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names of runs are theirs."""
    yield "items.label", data["label"]
    for item in data["items"]:
        yield "items.said", item["said"]
        yield from (("items.fact", fact) for fact in item["facts"])


def _of_strip(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, text in {**data["labels"], **(data["legend"] or {})}.items():
        yield f"strip.{name}", text
    for piece in data["pieces"]:
        theirs = [piece["text"], piece.get("caption") or ""]
        yield "strip.aria", _without(piece["aria"], theirs)
        tip = piece.get("tip") or {}
        for text in (*tip.get("notes", ()), *(name for name, _ in tip.get("rows", ()))):
            yield "strip.tip", text


def _of_marks(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "marks.label", data["label"]
    for part in data["parts"]:
        yield "marks.note", _without(part.get("note", ""), [part.get("label", "")])


def _of_figure(figure: dict[str, Any]) -> Iterator[tuple[str, str]]:
    bars = figure["data"][0]
    if bars["type"] == "heatmap":  # between words of the person and words of the model
        if "colorbar" in bars:
            yield "figure.title", bars["colorbar"]["title"]["text"]
        yield from _of_axes(figure)
        return
    if bars["type"] == "scatter":  # curves
        yield from (("figure.curve", line.get("name") or "") for line in figure["data"])
        yield from _of_axes(figure)
        return
    names = figure["layout"]["yaxis"]["ticktext"]
    yield from (("figure.text", text) for text in bars["text"])
    for name, hover in zip(names, bars["hovertext"], strict=True):
        if name.startswith("<span"):  # an entry of the vocabulary, or a label
            yield "figure.hover", _without(hover, [_entry(name)])
        else:
            yield "figure.rest", name
            yield "figure.hover", hover


def _of_axes(figure: dict[str, Any]) -> Iterator[tuple[str, str]]:
    layout = figure["layout"]
    for axis in ("xaxis", "yaxis"):
        yield f"figure.{axis}", layout[axis].get("title", {}).get("text", "")
    yield from (("figure.note", note["text"]) for note in layout.get("annotations", ()))


def _entry(name: str) -> str:
    """The entry of the vocabulary that a bar's name holds, behind its rank."""
    return re.sub(r"<span[^>]*>[^<]*</span>\s*", "", name).removeprefix("…")


def _of_table(node: Any) -> Iterator[tuple[str, str]]:
    columns = json.loads(node.proto.columns)
    shown = list(node.proto.column_order) or list(node.value.columns)
    for column in shown:
        assert columns.get(column, {}).get("label"), f"column {column!r} has no heading of its own"
        yield f"table.{column}.label", columns[column]["label"]
        yield f"table.{column}.help", columns[column].get("help") or ""
    if "note" in shown:
        yield from (("table.note", note) for note in node.value["note"])


# What of it is not translated


def leftover(text: str, language: str, theirs: list[str]) -> list[str]:
    """The words of a text that neither a translation nor the lists above account for."""
    if language == "marked":
        while (rest := re.sub(r"⟦[^⟦⟧]*⟧", " ", text)) != text:
            text = rest
    text = MARKUP.sub(" ", _without(VALUES.sub(" ", text), theirs))
    return WORD.findall(_without(text, [*NAMES]))


def _without(text: str, known: list[str]) -> str:
    """The text without what is known, where that is no part of a longer word."""
    for name in sorted(filter(None, known), key=len, reverse=True):
        text = re.sub(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", " ", text)
    return text


def assert_translated(at: AppTest, language: str, *theirs: str) -> None:
    assert not at.exception
    known = [TEXT, *theirs]
    for name in resources.places().starter_names():
        known.append(name)
    for entry in load_catalogue():
        known += [entry.id, entry.licence, *entry.languages]
    for figure in figures(at):
        names = figure["layout"]["yaxis"].get("ticktext", ())
        known += [_entry(name) for name in names if name.startswith("<span")]
    said = list(visible(at))
    assert len(said) > 5
    untranslated = sorted(
        {
            f"{where}: {text!r} has {words}"
            for where, text in said
            if (words := leftover(text, language, known))
        }
    )
    assert not untranslated, "\n".join(untranslated)


def visit(path: str = FILL_MASK.path, **values: Any) -> AppTest:
    return open_page(path, session={session.LANGUAGE: i18n.PSEUDO, **values})


def question(tab: str) -> str:
    return i18n.translate(link.TABS[tab], i18n.PSEUDO)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.id)
def test_every_page_opens_translated(page: Any, translated: str) -> None:
    at = visit(page.path)
    examples = [text for text in ("Hello, my name is [MASK].",) if page is FILL_MASK]
    sentences = [str(t.value) for t in at.main.text] if page is START else []
    if page is CLASSIFY:
        examples = [*classify_modes.CLASSIFY.text.split(), "starter:sentiment-en", "sentiment-en"]
    if page is INSPECT:  # names of data, of its splits and columns
        examples = [*samples(), "train", "test", "text", "label"]
    if page is FINE_TUNE:
        examples = [*OF_THE_FORM]
    if page is MODELS:
        at = settled(at)
        examples = of_the_first_screen("starter:fill-mask-en")
    if page is TOKENIZER:
        examples = [*OF_THE_LIBRARY]
    if page is GUIDE:
        examples = of_the_guide()
    assert_translated(at, translated, *examples, *sentences)


def test_the_first_screen_of_fill_mask_is_translated(bert: str, translated: str) -> None:
    at = visit(**{keys.CHECKPOINT: bert, keys.TEXT: TEXT})
    cat = next(i for i, piece in enumerate(pieces(at)) if piece["text"] == "cat")
    click_piece(at, cat)
    assert any(piece.get("hidden") for piece in pieces(at))
    assert by_key(at, f"{keys.PAGE}_add_stop") is not None
    assert_translated(at, translated, CheckpointRef.parse(bert).label)


def test_the_note_on_masks_that_are_not_drawn_is_translated(bert: str, translated: str) -> None:
    at = visit(**{keys.CHECKPOINT: bert, keys.TEXT: "[MASK] " * 14})
    assert_translated(at, translated, CheckpointRef.parse(bert).label, "[MASK]")


@pytest.mark.parametrize("tab", [tab for tab in link.TABS if tab != "gap"])
def test_every_tab_is_translated(
    bert: str, roberta: str, translated: str, tab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if tab == "check":
        monkeypatch.setattr(fill_mask, "predict", predict_with_a_wrong_entropy)
    at = visit(
        **{
            keys.CHECKPOINT: bert,
            keys.TEXT: TEXT,
            keys.OTHER: roberta,
            keys.WORDS: "cat, ☃☃☃",
        }
    )
    open_tab(at, question(tab))
    assert [t.label for t in at.tabs if len(t)] == [question(tab)]
    if tab == "check":
        at.button(key=f"{keys.PAGE}_check").click().run()
        assert any(f"{WRONG_BY_NATS:.1e}" in str(text.value) for text in at.main.text)
    assert_translated(at, translated)


def predict_with_a_wrong_entropy(
    loaded: Any, query: fill_mask.FillMaskQuery
) -> fill_mask.FillMaskResult:
    """So that the check names the entropy, in words that are the page's, and no entry."""
    result = predict(loaded, query)
    tokens = tuple(
        token
        if token.entropy_nats is None
        else replace(token, entropy_nats=token.entropy_nats + WRONG_BY_NATS)
        for token in result.trace.tokens
    )
    return replace(result, trace=replace(result.trace, tokens=tokens))


TAGGED = "The cat sleeps."
LABELS_THERE = ("negative", "positive", "entailment", "neutral", "contradiction", "LABEL")
# Whichever word the largest difference is at, with its full stop or without.
TAGS_THERE = ("PER", "LOC", "BIO", "seqeval", *TAGGED.split(), *re.findall(r"\w+", TAGGED))
# What the tokens, the strategies and the bundled data are called, and what nobody translates.
OF_THE_TABS = (
    *("CLS", "SEP", "cat", "intent", "none", "simple", "first", "average", "max", "IOB2"),
    *("text", "label", "tokens", "tags", "test", "train", "ORG", "F1"),
    *("csv", "tsv", "txt", "json", "jsonl", "parquet", "arrow", "CoNLL"),
    *(word for name in samples() for word in name.split("-")),
)
MODE_TABS = [(mode, tab) for mode in classify_modes.MODES.values() for tab in mode.tabs]


def visit_classify(mode: classify_modes.Mode, checkpoint: str, tab: str) -> AppTest:
    at = visit(
        CLASSIFY.path,
        **{
            classify_keys.MODE: mode.id,
            classify_keys.checkpoint(mode): checkpoint,
            classify_keys.TEXT: TAGGED,
        },
    )
    question = i18n.translate(mode.tabs[tab], i18n.PSEUDO)
    at.session_state[classify_keys.tabs(mode)] = question
    at.run()
    assert [t.label for t in at.tabs if len(t)] == [question]
    return at


@pytest.mark.parametrize(("mode", "tab"), MODE_TABS, ids=lambda part: getattr(part, "id", part))
def test_every_tab_of_classify_and_tag_is_translated(
    mode: classify_modes.Mode, tab: str, tiny_root: Path, translated: str
) -> None:
    names = {
        classify_modes.CLASSIFY.id: ("sentiment", "nli", "each", "number", "intents"),
        classify_modes.ZERO_SHOT.id: ("nli",),
        classify_modes.TAG.id: ("ner",),
    }[mode.id]
    for name in names if tab in ("labels", "given", "check") else names[:1]:
        at = settled(visit_classify(mode, f"folder:{tiny_root / name}", tab))
        if tab == "check":
            at.button(key=f"{classify_keys.PAGE}_check").click().run()
            assert any("compared" in str(t.value) or "·" in str(t.value) for t in at.main.text)
        own_labels = [word for label in classify_modes.EXAMPLE_LABELS for word in label.split()]
        pieces = [str(text.value) for text in at.main.text if tab == "check"]
        words = [word for text in pieces for word in re.findall(r"##?\w+", text)]
        assert_translated(
            at, translated, *LABELS_THERE, *TAGS_THERE, *OF_THE_TABS, *own_labels, *words
        )


@pytest.mark.parametrize("mode", [classify_modes.CLASSIFY, classify_modes.TAG], ids=lambda m: m.id)
def test_many_texts_and_judged_rows_are_translated(
    mode: classify_modes.Mode, tiny_root: Path, root: Path, translated: str
) -> None:
    is_labels = mode is classify_modes.CLASSIFY
    checkpoint = f"folder:{tiny_root / ('sentiment' if is_labels else 'ner')}"
    # Names of files, formats and encodings.
    words = (
        *("sentiment", "ner", "cat", "dog", "mine", "conll", "cp1252", "gb18030", "koi8-r"),
        *("latin", "shift", "jis", "utf"),
    )
    at = settled(visit_classify(mode, checkpoint, "many"))
    at.text_area(key=classify_keys.MANY_TEXT).input("A cat.\n" + "cat " * 90).run()
    at.button(key=f"{classify_keys.many(mode)}_start").click().run()
    settled(at)
    assert len(at.dataframe) == 1
    assert_translated(at, translated, *LABELS_THERE, *TAGS_THERE, *OF_THE_TABS, *words)
    if is_labels:
        path = root / "mine.csv"
        path.write_text("text,label\nA cat.,positive\nA dog.,negative\n,positive\n", "utf-8")
    else:
        path = root / "mine.conll"
        path.write_text("Anna\tB-PER\ncat\tO\n", "utf-8")
    at.session_state[dataset_keys.KIND] = FILE
    at.session_state[dataset_keys.PATH] = str(path)
    at.session_state[classify_keys.tabs(mode)] = i18n.translate(mode.tabs["good"], i18n.PSEUDO)
    settled(at.run())
    at.button(key=f"{classify_keys.judged(mode)}_start").click().run()
    settled(at)
    assert len(at.metric) == 4
    assert_translated(
        at, translated, *LABELS_THERE, *TAGS_THERE, *OF_THE_TABS, *words, "Anna", str(path)
    )


def test_tags_of_single_words_are_explained_in_translation(
    tiny_root: Path, translated: str
) -> None:
    for tab in ("entities", "words"):
        at = visit_classify(classify_modes.TAG, f"folder:{tiny_root / 'pos'}", tab)
        assert_translated(at, translated, "NOUN", "VERB", "DET", *TAGS_THERE)


@pytest.mark.parametrize("mode", classify_modes.MODES.values(), ids=lambda mode: mode.id)
@pytest.mark.parametrize("text", ["", "cat " * 80], ids=["empty", "too long"])
def test_what_classify_and_tag_refuse_is_translated(
    mode: classify_modes.Mode, text: str, tiny_root: Path, translated: str
) -> None:
    name = {"classify": "sentiment", "zero-shot": "nli", "tag": "ner"}[mode.id]
    checkpoint = f"folder:{tiny_root / name}"
    at = visit(
        CLASSIFY.path,
        **{
            classify_keys.MODE: mode.id,
            classify_keys.checkpoint(mode): checkpoint,
            classify_keys.TEXT: text,
        },
    )
    assert any((node.key or "") == f"error_{classify_keys.PAGE}" for node in error_boxes(at))
    assert_translated(at, translated, checkpoint)


FAULTS = [case for case in CASES if case.box is not None and case.params is None]


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.id)
def test_every_error_is_translated(
    case: Case, root: Path, bert: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The stricter of the two languages: it finds what the other one does, and values besides.
    monkeypatch.setattr(i18n, "translate", dotted)
    made = bert if case.make is None else case.make(root)
    at = visit(**{keys.CHECKPOINT: bert, keys.TEXT: case.text, **case.settings})
    at.selectbox(key=keys.CHECKPOINT).select(made).run()
    if case.tab != "gap":
        open_tab(at, question(case.tab))
        at.text_input(key=keys.WORDS).input(case.words or "").run()
    if case.act is not None:
        case.act(at, root)
    ref = made.removeprefix("folder:").removeprefix("starter:").removeprefix("run:")
    assert_translated(
        at,
        "dotted",
        made,
        ref,
        ref.replace("@", " @ "),
        Path(ref).name if "/" in ref else ref,
        *set(f"{made} {case.text} {case.words or ''}".split()),
        *case.settings.values(),
    )


@pytest.mark.parametrize("entry", [load_catalogue()[0]], ids=lambda entry: entry.id)
def test_the_offer_to_download_is_translated(entry: Any, translated: str) -> None:
    at = visit(**{keys.CHECKPOINT: str(entry.ref)})
    assert by_key(at, f"{keys.CHECKPOINT}_offer") is not None
    assert_translated(at, translated, "https://huggingface.co", "Hello, my name is [MASK].")


def test_a_download_under_way_is_translated(
    translated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = CheckpointRef.parse("nobody/unheard-of")
    downloads = resources.suppliers().downloads
    under_way = Download(checkpoint_order(ref), resources.hub_settings())
    monkeypatch.setattr(downloads, "get", lambda _ref: under_way)
    at = visit(**{keys.CHECKPOINT: str(ref)})
    assert by_key(at, f"{keys.CHECKPOINT}_cancel") is not None
    assert_translated(at, translated, ref.id, "Hello, my name is [MASK].")


def test_a_conversion_offered_and_under_way_is_translated(
    root: Path, translated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = honest_pickle(root)
    path = CheckpointRef.parse(made).id
    at = visit(**{keys.CHECKPOINT: made})
    assert by_key(at, f"{keys.CHECKPOINT}_convert") is not None
    assert_translated(at, translated, path, "Hello, my name is [MASK].")
    under_way = Conversion(CheckpointRef.parse(made))
    monkeypatch.setattr(resources.suppliers().conversions, "get", lambda _ref: under_way)
    at.run()
    assert by_key(at, f"{keys.CHECKPOINT}_cancel_conversion") is not None
    assert_translated(at, translated, path, "Hello, my name is [MASK].")


def test_changing_the_language_keeps_what_was_chosen_and_typed() -> None:
    at = open_page(session={keys.TEXT: TEXT})
    before = at.selectbox(key=keys.CHECKPOINT).value
    at.session_state[session.LANGUAGE] = i18n.PSEUDO
    at.run()
    at.run()
    assert not at.exception
    assert at.selectbox(key=keys.CHECKPOINT).value == before
    assert at.sidebar.selectbox(key=session.DEVICE).value == "auto"
    assert at.text_area(key=keys.TEXT).value == TEXT
    assert [tab.label for tab in at.tabs if len(tab)] == [question("gap")]


def test_a_string_past_the_translation_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(start_page, "_", lambda message: message)
    at = visit("app.py")
    with pytest.raises(AssertionError, match="Look closely"):
        assert_translated(at, "marked")


GENERATED = [
    (mode, tab) for mode in (generate_modes.CONTINUE, generate_modes.SCORE) for tab in mode.tabs
]


@pytest.mark.parametrize(("mode", "tab"), GENERATED, ids=lambda part: getattr(part, "id", part))
def test_the_tabs_of_generate_are_translated(
    mode: generate_modes.Mode, tab: str, tiny_root: Path, translated: str
) -> None:
    checkpoint = f"folder:{tiny_root / 'gpt2'}"
    question = i18n.translate(mode.tabs[tab], i18n.PSEUDO)
    at = visit(
        GENERATE.path,
        **{
            generate_keys.CHECKPOINT: checkpoint,
            generate_keys.OTHER: checkpoint,
            generate_keys.MODE: mode.id,
            generate_keys.PROMPT: TAGGED,
            generate_keys.SCORED: TAGGED,
            generate_keys.MAX_NEW_TOKENS: 4,
            generate_keys.SELECTED: 5,
            generate_keys.tabs(mode): question,
        },
    )
    until_it_ends(at)
    if mode is generate_modes.CONTINUE:
        # A token's alternatives, with one that was sampled.
        history = at.session_state[generate_keys.STATE]
        sample = history.now.result.samples[0]
        at.session_state[generate_keys.SELECTED] = sample.prompt_tokens
        at.run()
    if tab == "check":
        at.button(key=f"{generate_keys.PAGE}_check").click().run()
    assert [t.label for t in at.tabs if len(t)] == [question]
    label = CheckpointRef.parse(checkpoint).label
    theirs = {piece["text"] for piece in pieces(at, generate_keys.STRIP)}
    if mode is generate_modes.CONTINUE:
        for record in sample.trace.tokens:
            theirs |= {record.text, *(part for e in record.top for part in (e.text, e.token))}
    columns = ("log_prob", "prob_sampled", "prob")
    assert_translated(at, translated, label, TAGGED, *TAGGED.split(), *columns, *theirs)


# What the data of the next tests say: names of files, splits, columns and labels, how it is read.
SPAM = (
    *("spam", "ham", "train", "test", "text", "label", "message", "spam-train.tsv"),
    *("spam-test.tsv", "Spam", "SPAM", "Ham", "HAM", "validation", "held-out", "IO"),
    *("jsonl", "json", "csv", "tsv", "txt", "parquet", "arrow", "conll", "utf-8", "utf-16"),
    *("utf-32", "latin-1", "cp1252", "gb18030", "koi8-r", "shift_jis"),
    *("recipe.yaml", "data.yaml", "run.yaml", "clean.py", "YAML", "Python", "datasets", "yml"),
    *LITERAL_WORDS,
    *("Parquet", "JSONL", "BIO", "BIOES", "BILOU", "NFC", "NFKC", "good", "positive", "bad"),
    *("negative", "NA"),  # <NA> without its brackets
)


def visit_spam(root: Path, tab: str, *steps: dict[str, Any], **values: Any) -> AppTest:
    """By their path: two of the other ways to open data have names of one length."""
    for split in ("train", "test"):
        copyfile(resources.SAMPLES / f"spam-{split}.tsv", root / f"spam-{split}.tsv")
    question = i18n.translate(inspect_tabs.TABS[tab], i18n.PSEUDO)
    at = visit(
        INSPECT.path,
        **{
            inspect_keys.KIND: "file",
            inspect_keys.PATH: str(root / "spam-train.tsv"),
            inspect_keys.TABS: question,
            **values,
        },
    )
    settled(at)
    if steps:
        recipe = Recipe.model_validate({"steps": list(steps)})
        held = {at.session_state[inspect_keys.OPENED]: recipe_state.History(recipe, (Recipe(),))}
        at.session_state[inspect_keys.RECIPE] = held
        settled(at.run())
    assert [t.label for t in at.tabs if len(t)] == [question]
    return at


def test_what_is_wrong_with_a_dataset_is_said_in_translation(root: Path, translated: str) -> None:
    at = visit_spam(root, "findings")
    for button in [str(b.key) for b in at.button if str(b.key).endswith("_fix")][:2]:
        at.button(key=button).click().run()
    assert_translated(settled(at), translated, *SPAM)


STEPS: tuple[dict[str, Any], ...] = (
    {"step": "strip", "columns": ["message"]},
    {"step": "drop_leaks", "columns": ["message"], "remove_from": "train"},
    {"step": "rename_columns", "names": {"message": "text"}},
    {"step": "keep_columns", "columns": ["text"]},
)


@pytest.mark.parametrize("way", ["yaml", "script", "run", "files"])
def test_a_recipe_is_shown_in_translation(way: str, root: Path, translated: str) -> None:
    steps = STEPS if way == "yaml" else STEPS[:2]
    at = visit_spam(root, "cleaning", *steps, **{f"{inspect_keys.RECIPE}_export": way})
    (recipe,) = (history.now for history in at.session_state[inspect_keys.RECIPE].values())
    hashes = [recipe_hash(recipe), recipe_hash(recipe.with_splits_named({"test": "validation"}))]
    assert_translated(at, translated, *SPAM, *hashes)


@pytest.mark.parametrize("kind", FORMS)
def test_the_form_of_every_step_is_translated(
    kind: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(i18n, "translate", dotted)
    at = visit_spam(root, "cleaning", **{f"{inspect_keys.RECIPE}_kind": kind})
    assert_translated(at, "dotted", *SPAM)
    at.button(key=f"{inspect_keys.RECIPE}_add").click().run()
    settled(at)
    added = inspect_keys.RECIPE in at.session_state
    held = at.session_state[inspect_keys.RECIPE].values() if added else ()
    assert_translated(at, "dotted", *SPAM, *(recipe_hash(history.now) for history in held))


def test_rows_before_and_after_a_recipe_are_said_in_translation(
    root: Path, translated: str
) -> None:
    at = visit_spam(root, "rows", *STEPS[:2])
    assert by_key(at, inspect_keys.SHOWN) is not None
    click_inside(at, inspect_keys.ROWS, "row", 0)
    assert_translated(at, translated, *SPAM)


# Of made-up words, so that none of them is a word of the page.
ZIB, KAP = "zib zab zub. zib zab zub.", "kap"
ZIB_ROWS: dict[str, list[dict[str, Any]]] = {
    "labels": [{"text": f"{ZIB} {i}", "label": KAP if i % 9 else "kip"} for i in range(40)],
    "entities": [{"tokens": ["Zab", "zib"], "tags": ["B-KAP", "O"]}] * 3,
    "untagged": [{"tokens": ["Zab", "zib"], "tags": ["O", "O"]}] * 3,
    "pairs": [{"en": ZIB * (1 + i % 3), "fr": ZIB} for i in range(9)],
    "summaries": [{"document": ZIB * 9, "summary": ZIB[: 9 + i]} for i in range(9)],
    "plain": [{"text": ZIB * 20}, {"text": None}, {"text": ""}, {"text": " "}],
    "numbers": [{"text": ZIB, "zahl": i / 7} for i in range(40)],
}
ZIB_WORDS = (
    *("train", "test", "zahl", "kip", "KAP", "BIO", "max_length", "toy"),
    *("text", "label", "tokens", "tags", "en", "fr", "document", "summary"),
    *re.findall(r"\w+", f"{ZIB} {KAP} Zab"),
    *("sentiment-en", "ner-en", "translate-en-fr", "generate-en", "starter:translate-en-fr"),
    *(ZIB[:n] for n in range(9, 20)),
)


def visit_rows_of(name: str, tab: str, root: Path, **values: Any) -> AppTest:
    for split in ("train", "test"):
        rows = ZIB_ROWS[name] if split == "train" else [*ZIB_ROWS[name][:2]]
        lines = [json.dumps(row) for row in rows]
        (root / f"zib-{split}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    question = i18n.translate(inspect_tabs.TABS[tab], i18n.PSEUDO)
    at = visit(
        INSPECT.path,
        **{
            inspect_keys.KIND: "file",
            inspect_keys.PATH: str(root / "zib-train.jsonl"),
            inspect_keys.TABS: question,
            **values,
        },
    )
    settled(at)
    assert [t.label for t in at.tabs if len(t)] == [question]
    assert not error_boxes(at)
    return at


# How a file may be read: its format and its encoding.
ZIB_FILES = (
    *("zib-train.jsonl", "zib-test.jsonl", "zib-train", "zib-test", "jsonl", "json", "csv", "tsv"),
    *("txt", "parquet", "arrow", "conll", "utf-8", "utf-16", "utf-32", "latin-1", "cp1252"),
    *("gb18030", "koi8-r", "shift_jis", "IO"),
)


@pytest.mark.parametrize("name", ZIB_ROWS)
def test_what_is_in_each_column_is_said_in_translation(
    name: str, root: Path, translated: str
) -> None:
    at = visit_rows_of(name, "columns", root)
    hovers = [
        text for figure in figures(at) for text in figure["data"][1]["hovertext"] if figure["data"]
    ]
    assert hovers or name == "untagged"
    for text in hovers:
        assert not leftover(text, translated, [*ZIB_WORDS]), text
    assert_translated(at, translated, *ZIB_WORDS, *ZIB_FILES)


@pytest.mark.parametrize("name", [name for name in ZIB_ROWS if name != "numbers"])
def test_what_a_model_sees_is_said_in_translation(name: str, root: Path, translated: str) -> None:
    at = visit_rows_of(name, "model", root, **{f"{inspect_keys.PAGE}_max_length": 5})
    assert len(at.metric) == 5
    assert_translated(at, translated, *ZIB_WORDS, *ZIB_FILES)

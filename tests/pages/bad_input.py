"""What people type, paste and point at by mistake or malice, one case a cause."""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from streamlit.testing.v1 import AppTest

from components import session
from components.fill_mask import keys
from components.fill_mask.defaults import SHOWN_DEFAULT
from loupe.tasks.fill_mask import MAX_WORDS
from tests.pages.visitor import (
    by_key,
    figures,
    has_answer,
    markdown_in,
    nodes,
    pieces,
    texts_in,
)
from tests.tiny_models import edit_config, make_tiny

GOOD_TEXT = "The cat sleeps on the [MASK]."
CHILD_TIMEOUT_S = 60.0
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
REMOTE_IMAGE = "![pixel](https://elsewhere.example/pixel.png)"


@dataclass(frozen=True)
class Case:
    """One thing that goes wrong, or that looks as if it would.

    make: puts a checkpoint into the folder that Loupe may read; what is typed into the box.
    text: what is typed. params: of a link that opens the page. tab, words: what is opened then.
    settings: the sidebar's. act: what is done after that.
    box: the key of the error's container; None where there is an answer. says: part of the text.
    keeps: the text that stands in the box at the end, where it is not `text`.
    also: what else must hold.
    """

    id: str
    make: Callable[[Path], str] | None = None
    text: str = GOOD_TEXT
    params: Mapping[str, Any] | None = None
    tab: str = "gap"
    words: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    act: Callable[[AppTest, Path], None] | None = None
    box: str | None = f"error_{keys.PAGE}"
    says: str = ""
    keeps: str | None = None
    also: Callable[[AppTest, Path], None] | None = None


# Checkpoints with something wrong


def bert(root: Path, name: str = "model") -> Path:
    return make_tiny("bert", root / name)


def folder(path: Path) -> str:
    return f"folder:{path}"


def pickled(root: Path, content: object, name: str = "pickled") -> str:
    """A checkpoint whose only weights are a pickle."""
    made = bert(root, name)
    (made / "model.safetensors").unlink()
    torch.save(content, made / "pytorch_model.bin")
    return folder(made)


def honest_pickle(root: Path) -> str:
    made = bert(root, "source")
    return pickled(root, load_file(made / "model.safetensors"))


class Malice:
    """Makes a folder when it is unpickled carelessly."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


def executed(root: Path) -> Path:
    return root / "executed"


def malicious_pickle(root: Path) -> str:
    named = pickled(root, {"weight": torch.zeros(1), "extra": Malice(executed(root))})
    # The trap works: opened without care, it goes off.
    with io.BytesIO() as buffer:
        pickle.dump(Malice(executed(root)), buffer)
        pickle.loads(buffer.getvalue())
    executed(root).rmdir()
    return named


def link_out(root: Path) -> str:
    outside = bert(root.parent, "outside")
    (root / "linked").symlink_to(outside)
    return folder(root / "linked")


def file_link_out(root: Path) -> str:
    made = bert(root)
    weights = root.parent / "elsewhere.safetensors"
    shutil.move(made / "model.safetensors", weights)
    (made / "model.safetensors").symlink_to(weights)
    return folder(made)


def without(*names: str) -> Callable[[Path], str]:
    def make(root: Path) -> str:
        made = bert(root)
        for name in names:
            (made / name).unlink(missing_ok=True)
        return folder(made)

    return make


def broken_config(root: Path) -> str:
    made = bert(root)
    (made / "config.json").write_text("{not JSON: {", "utf-8")
    return folder(made)


def causal_model(root: Path) -> str:
    return folder(make_tiny("gpt2", root / "gpt2"))


def encoder_without_head(root: Path) -> str:
    made = bert(root)
    tensors = load_file(made / "model.safetensors")
    kept = {name: value for name, value in tensors.items() if not name.startswith("cls.")}
    assert 0 < len(kept) < len(tensors)
    save_file(kept, made / "model.safetensors", metadata={"format": "pt"})
    edit_config(made, architectures=["BertModel"])
    return folder(made)


def truncated_weights(root: Path) -> str:
    made = bert(root)
    weights = made / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    return folder(made)


def missing_shard(root: Path) -> str:
    made = bert(root)
    (made / "model.safetensors").rename(made / "model-00001-of-00002.safetensors")
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    index = {"weight_map": {"a": names[0], "b": names[1]}}
    (made / "model.safetensors.index.json").write_text(json.dumps(index), "utf-8")
    return folder(made)


def tokenizer_without_mask(root: Path) -> str:
    made = bert(root)
    donor = make_tiny("gpt2", root / "donor")
    for file in made.glob("*token*"):
        file.unlink()
    (made / "vocab.txt").unlink(missing_ok=True)
    for file in donor.glob("*token*"):
        shutil.copy(file, made)
    return folder(made)


def remote_code(root: Path) -> str:
    made = bert(root)
    marker = f"__import__('pathlib').Path({str(executed(root))!r}).mkdir()\n"
    (made / "modeling_own.py").write_text(marker, "utf-8")
    edit_config(
        made,
        model_type="own_architecture",
        auto_map={
            "AutoConfig": "modeling_own.OwnConfig",
            "AutoModelForMaskedLM": "modeling_own.OwnModel",
        },
    )
    return folder(made)


def named(text: str) -> Callable[[Path], str]:
    return lambda _root: text


# What is done, and what must hold besides


def press(key: str, thread: str) -> Callable[[AppTest, Path], None]:
    """Press a button that begins work in a thread, wait for its end, and look again."""

    def act(at: AppTest, _root: Path) -> None:
        at.button(key=key).click().run()
        assert not at.exception
        for worker in [t for t in threading.enumerate() if t.name.startswith(thread)]:
            worker.join(CHILD_TIMEOUT_S)
            assert not worker.is_alive()
        at.run()

    return act


CONVERT = press(f"{keys.CHECKPOINT}_convert", "loupe-convert")
DOWNLOAD = press(f"{keys.CHECKPOINT}_download", "loupe-download")


def convert_is_offered(at: AppTest, _root: Path) -> None:
    offer = by_key(at, f"{keys.CHECKPOINT}_convert_offer")
    assert offer is not None
    assert any("pickle" in text for text in texts_in(offer))
    assert not any(thread.name.startswith("loupe-convert") for thread in threading.enumerate())


def nothing_was_executed(at: AppTest, root: Path) -> None:
    assert not executed(root).exists()
    assert not has_answer(at)


def drawn_as_text(at: AppTest, _root: Path) -> None:
    """The text stands in the strip, as text, and nowhere as Markdown or HTML."""
    typed = at.text_area(key=keys.TEXT).value or ""
    for drawn in markdown_in(at.main):
        assert "<script" not in drawn
        assert "elsewhere.example" not in drawn
    for node in nodes(at._tree):
        assert getattr(node.proto, "allow_html", False) is False
    kept = "".join(piece["text"] for piece in pieces(at) if piece["kind"] != "special")
    assert kept.replace(" ", "") == typed.replace(" ", "")


def tokens_can_be_clicked(at: AppTest, _root: Path) -> None:
    assert any(piece.get("clickable") for piece in pieces(at))


def secret_place_is_not_told(at: AppTest, root: Path) -> None:
    said = " ".join(texts_in(at.main))
    assert "outside" not in said.split("lies outside")[0]
    assert str(root.parent / "elsewhere.safetensors") not in said


def word_is_marked_unknown(at: AppTest, _root: Path) -> None:
    (table,) = (frame.value for frame in at.dataframe)
    assert table["note"].str.contains("not in the vocabulary").any()


def bars_drawn(count: int) -> Callable[[AppTest, Path], None]:
    def check(at: AppTest, _root: Path) -> None:
        assert len(figures(at)[0]["data"][0]["hovertext"]) == count + 1

    return check


def nothing_is_hidden(at: AppTest, _root: Path) -> None:
    assert not any(piece.get("hidden") for piece in pieces(at))


def absent_device() -> str:
    return "mps" if torch.cuda.is_available() else "cuda"


CHECKPOINT_BOX = f"error_{keys.CHECKPOINT}"
ACCESS_BOX = f"error_{keys.CHECKPOINT}_access"
WORDS_BOX = f"error_{keys.WORDS}"

CASES = (
    # The text
    Case("empty text", text="", says="no text yet"),
    Case("only white space", text=" \n\t\u3000 ", says="no text yet"),
    Case("no mask", text="Nothing hides here.", says="no mask", also=tokens_can_be_clicked),
    Case("too long for the model", text="cat " * 80 + "[MASK].", says="reads at most"),
    Case("100,000 characters", text="cat " * 25_000 + "[MASK].", says="100,007 characters"),
    Case("100,000 characters without a space", text="x" * 100_000, says="characters"),
    Case("right to left", text="عاصمة فرنسا هي [MASK]، أليس كذلك؟", box=None),
    Case("emoji", text="👩‍👩‍👧 likes 🎉 and [MASK] 👍🏽.", box=None),
    Case("combining marks", text="e" + "\u0301" * 40 + " is [MASK].", box=None),
    Case("control characters", text="A\x00B\x07 is\x1b[31m [MASK]\x7f.", box=None),
    Case("invisible directions", text="\u202eabc\u202c \u200b\ufeff[MASK].", box=None),
    Case(
        "half a character in a link",
        params={"v": "1", "text": b"Half \xed\xa0\x80 a [MASK]."},
        keeps="Half \ufffd\ufffd\ufffd a [MASK].",
        box=None,
    ),
    Case("HTML and a script", text=f"{SCRIPT} is [MASK].", box=None, also=drawn_as_text),
    Case("remote image", text=f"{REMOTE_IMAGE} is [MASK].", box=None, also=drawn_as_text),
    Case("only underscores", text="___", box=None),
    Case("only a mask", text="[MASK]", box=None),
    Case("only masks", text="[MASK]" * 30, box=None),
    Case("a mask of another model", text="It is <mask>.", box=None),
    Case("braces of a template", text="{0} {name} {!r} %s.", says="no mask"),
    # The checkpoint's name
    Case("no name", make=named("  "), box=CHECKPOINT_BOX, says="No checkpoint is named"),
    Case("malformed id", make=named("a//b!c"), box=CHECKPOINT_BOX, says="a//b!c"),
    Case("braces in a name", make=named("{text} {0}"), box=CHECKPOINT_BOX, says="{text} {0}"),
    Case("script as a name", make=named(SCRIPT), box=CHECKPOINT_BOX, says=SCRIPT),
    Case("NUL in a name", make=named("a\x00b"), box=CHECKPOINT_BOX, says="is not the name"),
    Case(
        "unknown hub id offline",
        make=named("nobody/unheard-of"),
        act=DOWNLOAD,
        box=f"{CHECKPOINT_BOX}_download",
        says="offline",
    ),
    Case("unknown starter", make=named("starter:no-such-one"), says="no starter called"),
    Case("unknown run", make=named("run:no-such-run@7"), says="has no checkpoint"),
    Case("path out of the root", make=named("folder:/etc"), box=ACCESS_BOX, says="lies outside"),
    Case(
        "dots out of the root",
        make=lambda root: folder(root / ".." / "outside"),
        box=ACCESS_BOX,
        says="lies outside",
    ),
    Case(
        "a link to a folder outside",
        make=link_out,
        box=ACCESS_BOX,
        says="lies outside",
    ),
    Case("a link to a file outside", make=file_link_out, says="is a link to a place"),
    Case("no such folder", make=lambda root: folder(root / "no"), box=ACCESS_BOX, says="no folder"),
    # The checkpoint's files
    Case("folder without config", make=without("config.json"), says="has no config.json"),
    Case("config is no JSON", make=broken_config, says="is damaged"),
    Case("wrong head", make=causal_model, says="no trained head for filling masks"),
    Case("encoder without a head", make=encoder_without_head, says="no trained head"),
    Case("truncated weights", make=truncated_weights, says="is damaged"),
    Case("no weights", make=without("model.safetensors"), says="no weights"),
    Case("missing shard", make=missing_shard, says="1 of its 2 weight files are missing"),
    Case(
        "missing tokenizer",
        make=without("tokenizer.json", "tokenizer_config.json", "vocab.txt"),
        says="no tokenizer files",
    ),
    Case("tokenizer without a mask", make=tokenizer_without_mask, says="no mask token"),
    Case(
        "code of its own",
        make=remote_code,
        says="program code from its own",
        also=nothing_was_executed,
    ),
    Case("a pickle, converted", make=honest_pickle, act=CONVERT, box=None),
    Case(
        "a pickle with a trap",
        make=malicious_pickle,
        act=CONVERT,
        box=f"{CHECKPOINT_BOX}_convert",
        says="could run code",
        also=nothing_was_executed,
    ),
    # The tab of one's own words
    Case(
        "too many words",
        tab="words",
        words=", ".join(f"word{i}" for i in range(MAX_WORDS + 1)),
        box=WORDS_BOX,
        says=f"{MAX_WORDS + 1} words",
    ),
    Case("no words", tab="words", words=" , ,, ", box=None),
    Case("unknown word", tab="words", words="☃☃☃, cat", box=None, also=word_is_marked_unknown),
    Case(
        "only invisible words", tab="words", words="\u200b, \x00", box=WORDS_BOX, says="nothing of"
    ),
    Case("HTML as a word", tab="words", words=SCRIPT, box=None),
    Case("a mask as a word", tab="words", words="[MASK], ___", box=None),
    # Settings
    Case(
        "mirror is no address",
        make=named("nobody/unheard-of"),
        settings={session.MIRROR: "not an address"},
        box="error_mirror",
        says="not the address of a model hub",
    ),
    Case(
        "device that is not here",
        settings={session.DEVICE: absent_device()},
        says="cannot be used",
    ),
    # Links
    Case(
        "huge count in a link",
        params={"v": "1", "text": GOOD_TEXT, "top": "999999999"},
        box=None,
        also=bars_drawn(SHOWN_DEFAULT),
    ),
    Case(
        "count of 5,000 digits in a link",
        params={"v": "1", "text": GOOD_TEXT, "top": "9" * 5_000},
        box=None,
        also=bars_drawn(SHOWN_DEFAULT),
    ),
    Case(
        "nonsense spans in a link",
        params={"v": "1", "text": GOOD_TEXT, "hide": "a-b,-,9-4,3,99-999,²-³,1-2-3,,0-0,-1-4"},
        box=None,
        also=nothing_is_hidden,
    ),
    Case(
        "spans of 5,000 digits in a link",
        params={"v": "1", "text": GOOD_TEXT, "hide": f"0-{'9' * 5_000}"},
        box=None,
        also=nothing_is_hidden,
    ),
    Case(
        "unknown tab in a link",
        params={"v": "1", "text": GOOD_TEXT, "tab": "'; DROP TABLE tabs"},
        box=None,
    ),
    Case(
        "a script as the checkpoint of a link",
        params={"v": "1", "text": GOOD_TEXT, "model": SCRIPT},
        box=CHECKPOINT_BOX,
        says=SCRIPT,
    ),
)

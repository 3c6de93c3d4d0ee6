"""Every tab answers its question with numbers that another way gives too."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from streamlit.testing.v1 import AppTest

from components import resources, session
from components.models import keys, measuring
from components.models.card import links_in
from components.models.one import TABS
from components.share_link import ClassifyState, FillMaskState, to_params
from loupe.checkpoints.adapters import Base, write_base
from loupe.checkpoints.anatomy import dissect
from loupe.checkpoints.loading import load
from loupe.checkpoints.measurements import Measurement, write_measurement
from loupe.checkpoints.ref import CheckpointRef
from loupe.engine import ModelKey
from loupe.engine.processor import cpu_name
from loupe.errors import EngineError
from tests.pages.models.looking import (
    STARTER,
    buttons,
    by_key,
    click,
    column,
    errors,
    has,
    links,
    rows,
    said,
    settled,
    shown,
    visit,
)
from tests.pages.runs.made_runs import HOSTILE, MadeRun
from tests.pages.visitor import markdown_in, params_of
from tests.tiny_models import edit_config, make_tiny
from tests.unit.checkpoints.hub_cache import put_in_cache
from tests.unit.checkpoints.test_gguf_weights import make_gguf

MASKED = "AutoModelForMaskedLM"
NLI_CARD = "---\nlicense: mit\nlanguage: [en]\npipeline_tag: zero-shot-classification\n---\n"


def weights_of(folder: Path) -> int:
    model, _ = load(folder, MASKED, device=torch.device("cpu"), dtype=torch.float32, name="x")
    return sum(parameter.numel() for parameter in model.parameters())


# How is it built?


def test_the_architecture_is_said_in_words(bert: str, tiny_root: Path) -> None:
    at = visit(bert)
    config = json.loads((tiny_root / "bert" / "config.json").read_text())
    assert has(at, "Architecture bert (BertForMaskedLM)", "every token sees all others")
    assert has(at, f"{config['num_hidden_layers']} layers")
    assert has(at, f"vector of {config['hidden_size']} numbers")
    assert has(at, f"{config['vocab_size']:,} tokens")
    assert has(at, "tied weights")
    assert has(at, f"{weights_of(tiny_root / 'bert'):,} parameters in all")
    assert not has(at, "adapter")
    assert resources.pool().loaded() == ()


def test_an_adapter_says_what_it_changes_and_adds() -> None:
    at = visit("starter:sentiment-en")
    assert has(at, "changes starter:fill-mask-en")
    assert has(at, "of the adapter’s own merged in")
    assert has(at, "2 labels: negative, positive")


def test_what_is_tied_is_said_as_it_is(root: Path) -> None:
    folder = make_tiny("bart", root / "bart")
    edit_config(folder, architectures=["BartForSequenceClassification"])
    at = visit(f"folder:{folder}")
    assert has(at, "Encoder and decoder share one table of vectors")
    assert not has(at, "Input and output share")


def test_what_an_adapters_base_stores_apart_is_counted(root: Path) -> None:
    base = make_tiny("t5", root / "base")
    count = load_file(base / "model.safetensors")["shared.weight"].numel()
    adapter = root / "adapter"
    adapter.mkdir()
    for path in base.iterdir():
        if path.suffix == ".json":
            shutil.copy(path, adapter)
    (adapter / "adapter_config.json").write_text("{}")
    write_base(adapter, Base(f"folder:{base}", "0" * 16, "AutoModelForSeq2SeqLM"))
    tied = dissect(adapter, "x").parameters
    file = base / "model.safetensors"
    tensors = load_file(file)
    own = torch.zeros_like(tensors["shared.weight"])
    save_file({**tensors, "lm_head.weight": own}, file, {"format": "pt"})
    (adapter / "adapter_model.safetensors").write_bytes(file.read_bytes())
    at = visit(f"folder:{adapter}")
    assert has(at, f"{tied + count:,} parameters in all")
    assert not has(at, f"{tied:,} parameters in all")
    assert not has(at, "Input and output share")


@pytest.mark.parametrize(
    ("model", "page", "state"),
    [
        (STARTER, "fill_mask", FillMaskState(model=STARTER)),
        ("starter:ner-en", "classify", ClassifyState(mode="tag", model="starter:ner-en")),
    ],
)
def test_a_link_opens_the_page_of_its_task_with_it(model: str, page: str, state: Any) -> None:
    found = links(visit(model))
    assert [name for name, _query in found] == [page]
    assert params_of(f"?{found[0][1]}") == to_params(state)


def test_every_saved_step_of_a_run_is_looked_at(
    make: Callable[..., MadeRun], tiny_root: Path
) -> None:
    run = make("mine").finished()
    shutil.copytree(tiny_root / "bert", run.folder.checkpoints / "400", dirs_exist_ok=True)
    at = visit("run:mine@400")
    assert shown(at) == "mine @ 400"
    assert has(at, "own run")
    assert has(at, "BertForMaskedLM")
    assert shown(visit("run:mine")) == "mine", "without a step it is its best"


# Does it run here?


def test_memory_is_parameters_times_bytes(bert: str, tiny_root: Path) -> None:
    at = visit(bert, tab="running")
    count = weights_of(tiny_root / "bert")
    table = f"{keys.PAGE}_memory"
    assert column(at, "precision", table) == ["float32", "bfloat16", "float16"]
    assert column(at, "memory of the weights", table) == [
        f"{count * size / 1000:,.0f} kB"
        if count * size < 100_000
        else f"{count * size / 1e6:.1f} MB"
        for size in (4, 2, 2)
    ]
    assert set(column(at, "fits here now", table)) == {"yes"}
    assert has(at, f"{count:,} parameters, 4 or 2 bytes each")


def test_what_does_not_fit_is_said(bert: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_MODEL_MEMORY_GIB", "0.0001")
    at = visit(bert, tab="running")
    assert column(at, "fits here now", f"{keys.PAGE}_memory") == ["no", "yes", "yes"]
    monkeypatch.setattr(resources, "memory", lambda: (1000, 10**10))
    assert set(column(at.run(), "fits here now", f"{keys.PAGE}_memory")) == {"no"}


def test_a_model_is_loaded_and_unloaded_by_a_click(bert: str) -> None:
    at = visit(bert, tab="running")
    assert has(at, "It is not in memory")
    at = click(at, "load")
    (loaded,) = resources.pool().loaded()
    assert (str(loaded.ref), loaded.auto_class) == (bert, MASKED)
    assert has(at, "as float32 on cpu")
    assert f"{keys.PAGE}_load" not in buttons(at)
    at = click(at, "unload_0")
    assert resources.pool().loaded() == ()
    assert has(at, "It is not in memory")


def test_why_a_model_could_not_be_loaded_is_said(root: Path) -> None:
    folder = make_tiny("bert", root / "bare")
    for path in folder.glob("*token*"):
        path.unlink()
    at = click(visit(f"folder:{folder}", tab="running"), "load")
    assert any("has no tokenizer files" in error for error in errors(at))
    assert resources.pool().loaded() == ()
    assert f"{keys.PAGE}_load" in buttons(at), "it can be tried again"


def test_a_model_without_a_head_is_not_offered_to_be_loaded(root: Path) -> None:
    folder = make_tiny("bert", root / "vectors")
    edit_config(folder, architectures=["BertModel"])
    at = visit(f"folder:{folder}", tab="running")
    assert has(at, "no head that Loupe can use")
    assert not {f"{keys.PAGE}_load", f"{keys.PAGE}_measure"} & buttons(at)


FOUND = Measurement(
    ref="starter:generate-en",
    auto_class="AutoModelForCausalLM",
    machine=cpu_name(),
    device="cpu",
    dtype="float32",
    threads=2,
    measured_s=1000.0,
    load_s=0.5,
    peak_bytes=123_000_000,
    parameters=5_000_000,
    length_tokens=128,
    forward_tokens_per_s=1234.0,
    generated_tokens=31,
    generated_tokens_per_s=45.6,
)


def test_a_measurement_is_made_kept_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def measure(key: ModelKey, *_: Any, **options: Any) -> Measurement:
        asked.append((key, options["device"], options["dtype"]))
        return FOUND

    monkeypatch.setattr(measuring, "measure", measure)
    at = visit("starter:generate-en", tab="running")
    assert has(at, "Not yet.")
    at = click(at, "measure")
    key = ModelKey(CheckpointRef.parse("starter:generate-en"), "AutoModelForCausalLM")
    assert asked == [(key, "cpu", "float32")]
    assert resources.measurements() == (FOUND,)
    assert has(at, "Reads 1,234 tokens a second, 128 at once")
    assert has(at, "Writes 46 tokens a second")
    assert has(at, "Loads in 0.5 s", "123 MB")
    again = visit("starter:generate-en", tab="running")
    assert has(again, "Reads 1,234 tokens a second"), "kept on the disk"
    click(again, "measure")
    assert len(asked) == 2


def test_a_measurement_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(*_: Any, **__: Any) -> Measurement:
        raise EngineError("It broke.", "Mend it.")

    monkeypatch.setattr(measuring, "measure", measure)
    at = click(visit(STARTER, tab="running"), "measure")
    assert any("It broke. Mend it." in error for error in errors(at))
    assert resources.measurements() == ()


def test_a_measurement_of_another_machine_is_not_shown() -> None:
    write_measurement(resources.places().measurements, replace(FOUND, machine="Another"))
    assert has(visit("starter:generate-en", tab="running"), "Not yet.")


def test_on_a_machine_with_a_gpu_each_device_has_its_own_measurement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gpu = replace(resources.hardware(), device="cuda", name="Made-up GPU", reason=None)
    monkeypatch.setattr(resources, "hardware", lambda: gpu)
    folder = resources.places().measurements
    write_measurement(folder, FOUND)
    model = FOUND.ref

    def seen(**chosen: str) -> AppTest:
        return visit(model, tab="running", **chosen)

    on_cpu = {session.DEVICE: "cpu"}
    assert has(seen(**on_cpu), "Reads 1,234 tokens a second")
    assert has(seen(), "Not yet."), "the GPU, which it would compute on, was not measured"
    fast = replace(FOUND, machine=gpu.name, device="cuda", forward_tokens_per_s=98_765.0)
    write_measurement(folder, replace(fast, measured_s=2000.0))
    at = seen()
    assert has(at, "Reads 98,765 tokens a second")
    assert has(at, "On Made-up GPU (cuda")
    at = seen(**on_cpu)
    assert has(at, "Reads 1,234 tokens a second")
    assert not has(at, "98,765"), "the newest, and of the other device"
    assert has(seen(**{session.DTYPE: "bfloat16"}), "Not yet.")
    assert has(seen(**{session.DTYPE: "float32"}), "98,765")


# Which files is it?


def test_hashes_are_hashlibs_and_match_what_the_hub_sent(cached: str, tiny_root: Path) -> None:
    at = visit(cached, tab="files")
    table = f"{keys.PAGE}_files"
    for name, digest in zip(column(at, "file", table), column(at, "SHA-256", table), strict=True):
        content = (tiny_root / "roberta" / name).read_bytes()
        assert digest == hashlib.sha256(content).hexdigest()
    assert set(column(at, "as the hub sent it", table)) == {"matches"}
    assert not has(at, "pickle")


def test_a_file_that_was_changed_is_said(cached: str, hub_cache: Path) -> None:
    (weights,) = hub_cache.rglob("model.safetensors")
    weights.resolve().write_bytes(weights.read_bytes()[:-1] + b"!")
    at = visit(cached, tab="files")
    found = dict(
        zip(
            column(at, "file", f"{keys.PAGE}_files"),
            column(at, "as the hub sent it", f"{keys.PAGE}_files"),
            strict=True,
        )
    )
    assert found.pop("model.safetensors") == "differs"
    assert set(found.values()) == {"matches"}
    assert has(at, "download it again")


def test_pickles_and_programs_are_flagged(root: Path) -> None:
    folder = make_tiny("bert", root / "odd")
    (folder / "optimizer.pt").write_bytes(b"not opened")
    (folder / "modeling_own.py").write_text("raise SystemExit")
    at = visit(f"folder:{folder}", tab="files")
    kinds = dict(
        zip(
            column(at, "file", f"{keys.PAGE}_files"),
            column(at, "what it is", f"{keys.PAGE}_files"),
            strict=True,
        )
    )
    assert kinds["optimizer.pt"].startswith("pickle")
    assert kinds["modeling_own.py"].startswith("program")
    assert has(at, "A pickle can run code")


# What does its author say?


def test_card_and_configuration_are_plain_text(root: Path) -> None:
    folder = make_tiny("bert", root / "carded")
    card = f"# Title\n{HOSTILE}\n![pixel](https://elsewhere.example/pixel.png) مرحبا 你好 😀\n"
    (folder / "README.md").write_text(card, "utf-8")
    at = visit(f"folder:{folder}", tab="card")
    codes = [str(code.value) for code in at.code]
    assert any(HOSTILE in code and "مرحبا 你好 😀" in code for code in codes)
    assert any(json.loads(code)["model_type"] == "bert" for code in codes if code.startswith("{"))
    assert not any("elsewhere.example" in text for text in markdown_in(at.main))
    assert "https://elsewhere.example/pixel.png" in codes[1].split("\n"), "a link is text"


SECRET = "---\nlicense: secret-licence\n---\n# not for your eyes"


def test_a_card_beside_a_gguf_file_is_not_read_through_a_link_out_of_the_roots(
    root: Path, tmp_path: Path
) -> None:
    file = make_gguf(root)
    card = file.parent / "README.md"
    secret = tmp_path / "secret.md"
    secret.write_text(SECRET)
    card.symlink_to(secret)
    at = visit(f"folder:{file}", tab="card")
    assert any("link to a place that Loupe may not read" in error for error in errors(at))
    assert not any("not for your eyes" in str(code.value) for code in at.code)
    assert not has(at, "secret-licence")
    card.unlink()
    (file.parent / "card.md").write_text("# for all")
    card.symlink_to(file.parent / "card.md")
    at = visit(f"folder:{file}", tab="card")
    assert any("for all" in str(code.value) for code in at.code), "links inside are followed"
    assert errors(at) == []


def test_a_runs_card_is_not_read_through_a_link_out_of_the_runs(
    make: Callable[..., MadeRun], tiny_root: Path, tmp_path: Path
) -> None:
    run = make("mine").finished()
    shutil.copytree(tiny_root / "bert", run.folder.checkpoints / "400", dirs_exist_ok=True)
    secret = tmp_path / "secret.md"
    secret.write_text(SECRET)
    run.folder.card.unlink()
    run.folder.card.symlink_to(secret)
    at = visit("run:mine@400", tab="card")
    assert any("link to a place that Loupe may not read" in error for error in errors(at))
    assert not any("not for your eyes" in str(code.value) for code in at.code)
    assert not has(at, "secret-licence")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "[a](https://x.example/a) <https://y.example>.",
            ("https://x.example/a", "https://y.example"),
        ),
        ("https://x.example/a, https://x.example/a!", ("https://x.example/a",)),
        ('<img src="https://x.example/i.png">', ("https://x.example/i.png",)),
        ("javascript:alert(1) http:// ftp://x", ()),
    ],
)
def test_addresses_of_a_card_are_found_once(text: str, found: tuple[str, ...]) -> None:
    assert links_in(text) == found


def test_a_model_without_a_card_says_so(bert: str) -> None:
    at = visit(bert, tab="card")
    assert has(at, "There is no model card (README.md)")
    assert any(code.value.startswith("{") for code in at.code)


def test_an_nli_checkpoint_is_named_for_what_its_card_says(hub_cache: Path, tmp_path: Path) -> None:
    folder = make_tiny("bert", tmp_path / "nli", auto_class="AutoModelForSequenceClassification")
    (folder / "README.md").write_text(NLI_CARD, "utf-8")
    put_in_cache(hub_cache, "someone/nli", folder)
    at = visit("hub:someone/nli")
    assert has(at, "classify without training")


def test_the_open_tab_stays_open_for_another_model(bert: str, cached: str) -> None:
    at = visit(bert, tab="files")
    assert rows(at, f"{keys.PAGE}_files")
    at.query_params[keys.MODEL] = cached
    at = settled(at.run())
    assert shown(at) == "someone/tiny-roberta"
    assert [tab.label for tab in at.tabs if len(tab)][-1] == TABS["files"]
    assert by_key(at, f"{keys.PAGE}_files") is not None
    assert said(at)

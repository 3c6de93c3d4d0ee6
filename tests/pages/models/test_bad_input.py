"""What goes wrong is said where it is, with a way out, and the page goes on."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from streamlit.testing.v1 import AppTest

from components import resources
from components.models import keys
from loupe.checkpoints.download import DownloadManager, Limits
from loupe.checkpoints.hub import HubSettings
from tests.hub_server import HubServer
from tests.pages.models.looking import (
    buttons,
    by_key,
    errors,
    has,
    names,
    settled,
    shown,
    visit,
)
from tests.pages.runs.made_runs import HOSTILE
from tests.pages.visitor import markdown_in
from tests.tiny_models import edit_config, make_tiny
from tests.unit.checkpoints.hub_cache import put_in_cache

SECRET = "what lies elsewhere"


@dataclass(frozen=True)
class World:
    """Where a case may put something: a root, the hub's cache, and a place outside of both."""

    root: Path
    cache: Path
    outside: Path

    def bert(self, name: str = "model") -> Path:
        return make_tiny("bert", self.root / name)


@pytest.fixture
def world(root: Path, hub_cache: Path, tmp_path: Path) -> World:
    (tmp_path / "outside").mkdir()
    return World(root, hub_cache, tmp_path / "outside")


@dataclass(frozen=True)
class Case:
    """make: what stands in the address as model. says: part of what is said about it.

    tab: that is opened. is_error: whether it is said in an error's box.
    """

    id: str
    make: Callable[[World], str]
    says: str
    tab: str = "build"
    is_error: bool = True


def broken_config(world: World) -> str:
    folder = world.bert()
    (folder / "config.json").write_text('{"model_type": "bert", ')
    return f"folder:{folder}"


def deep_config(world: World) -> str:
    folder = world.bert()
    (folder / "config.json").write_text("[" * 200_000)
    return f"folder:{folder}"


def cut_header(world: World) -> str:
    folder = world.bert()
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:40])
    return f"folder:{folder}"


def cut_weights(world: World) -> str:
    folder = world.bert()
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-10_000])
    return f"folder:{folder}"


def missing_shard(world: World) -> str:
    folder = world.bert()
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    index = {
        "weight_map": {
            "a": "model-00001-of-00002.safetensors",
            "b": "model-00002-of-00002.safetensors",
        }
    }
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return f"folder:{folder}"


def outside(world: World) -> str:
    make_tiny("bert", world.outside / SECRET)
    return f"folder:{world.outside / SECRET}"


def link_outside(world: World) -> str:
    (world.outside / SECRET).write_bytes(b"")
    folder = world.bert()
    (folder / "vocab.txt").unlink(missing_ok=True)
    (folder / "vocab.txt").symlink_to(world.outside / SECRET)
    return f"folder:{folder}"


def link_circle(world: World) -> str:
    folder = world.bert()
    (folder / "again").symlink_to(folder)
    (folder / "a.txt").symlink_to(folder / "b.txt")
    (folder / "b.txt").symlink_to(folder / "a.txt")
    return f"folder:{folder}"


def only_pickle(world: World) -> str:
    folder = world.bert()
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    return f"folder:{folder}"


def unknown_architecture(world: World) -> str:
    folder = world.bert()
    edit_config(folder, model_type="none-such")
    return f"folder:{folder}"


def impossible_sizes(world: World) -> str:
    folder = world.bert()
    edit_config(folder, num_attention_heads=7)
    return f"folder:{folder}"


def quantised(world: World) -> str:
    folder = world.bert()
    edit_config(folder, quantization_config={"bits": 4})
    return f"folder:{folder}"


def own_code(world: World) -> str:
    folder = world.bert()
    edit_config(folder, model_type="own", auto_map={"AutoModel": "own.Model"})
    (folder / "own.py").write_text("raise SystemExit('it ran')")
    return f"folder:{folder}"


def no_gguf(world: World) -> str:
    (world.root / "model.gguf").write_bytes(b"GGUF" + bytes(10))
    return f"folder:{world.root / 'model.gguf'}"


def stranger_adapter(world: World) -> str:
    folder = world.bert()
    (folder / "model.safetensors").rename(folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA"}')
    return f"folder:{folder}"


def locked(world: World) -> str:
    folder = world.bert()
    (folder / "config.json").unlink()
    (folder / "config.json").mkdir()
    return f"folder:{folder}"


def weird_licence(world: World) -> str:
    folder = world.bert("weird")
    header = f"license: '{HOSTILE}'\nlanguage: [en, {'x' * 3000}]\ntags: {'[' * 3000}\n"
    (folder / "README.md").write_text(f"---\n{header}---\n# x\n", "utf-8")
    return f"folder:{folder}"


def half_in_cache(world: World) -> str:
    snapshot = put_in_cache(world.cache, "someone/half", world.bert())
    (snapshot / "model.safetensors").resolve().unlink()
    return "hub:someone/half"


def hostile_cache(world: World) -> str:
    (world.outside / "precious").write_bytes(b"mine")
    snapshot = put_in_cache(world.cache, "someone/odd", world.bert())
    (snapshot / "model.safetensors").unlink()
    (snapshot / "model.safetensors").symlink_to(world.outside / "precious")
    return "hub:someone/odd"


CASES = [
    Case("no name", lambda _: "!!", "is not the name of a checkpoint"),
    Case("script as name", lambda _: "<script>alert(1)</script>", "is not the name"),
    Case("very long name", lambda _: "a/" + "b" * 5000, "is not the name"),
    Case(
        "a hub id that nobody knows",
        lambda _: "no-one/nothing",
        "is not on this machine",
        is_error=False,
    ),
    Case("unknown starter", lambda _: "starter:none", "no starter called “none”"),
    Case("unknown run", lambda _: "run:none", "“none” has no checkpoint"),
    Case("unknown step", lambda _: "run:none@7", "has no checkpoint"),
    Case("way out of the runs", lambda _: "run:../../etc", "is not the name"),
    Case("no folder", lambda w: f"folder:{w.root / 'none'}", "There is no folder"),
    Case("a folder without a model", lambda w: f"folder:{w.root}", "is not a checkpoint"),
    Case("outside the roots", outside, "outside the folders that Loupe may read"),
    Case("a link out of the roots", link_outside, "a link to a place that Loupe may not read"),
    Case("links in a circle", link_circle, "a link to a place that Loupe may not read"),
    Case("broken config.json", broken_config, "config.json"),
    Case("nested config.json", deep_config, "config.json"),
    Case("config.json is a folder", locked, "is not a checkpoint"),
    Case("cut safetensors header", cut_header, "model.safetensors"),
    Case("cut weights", cut_weights, "model.safetensors"),
    Case("missing shard", missing_shard, "1 of its 2 weight files are missing"),
    Case("only a pickle", only_pickle, "keeps its weights in a pickle", is_error=False),
    Case("unknown architecture", unknown_architecture, "none-such"),
    Case("impossible sizes", impossible_sizes, "No model can be built"),
    Case("quantised", quantised, "quantised"),
    Case("own code", own_code, "never runs"),
    Case("no GGUF", no_gguf, "model.gguf"),
    Case("an adapter of somebody else", stranger_adapter, "parameters in all", is_error=False),
    Case("a weird licence", weird_licence, "licence <img src=x", is_error=False),
    Case("half of it in the cache", half_in_cache, "is not on this machine", is_error=False),
    Case("a cache that leads outside", hostile_cache, "a link to a place that Loupe may not read"),
    Case(
        "no card", lambda w: f"folder:{w.bert()}", "There is no model card", "card", is_error=False
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_is_wrong_is_said_and_the_page_goes_on(case: Case, world: World) -> None:
    at = visit(case.make(world), tab=case.tab)
    boxes = errors(at)
    if case.is_error:
        assert any(case.says in error for error in boxes), boxes
    else:
        assert boxes == []
        assert has(at, case.says)
    assert "fill-mask-en" in names(at), "the others are there as before"
    assert not any("Traceback" in error for error in boxes)
    if case.id != "outside the roots":  # where the person has named it
        assert SECRET not in "".join(boxes)
    assert not any("<script" in text or "<img" in text for text in markdown_in(at.main))
    assert resources.pool().loaded() == ()


def test_the_name_that_was_wrong_stays_in_the_address() -> None:
    at = visit("!!")
    assert at.query_params[keys.MODEL] in ("!!", ["!!"])
    assert not at.main.subheader


def download(at: AppTest) -> AppTest:
    at.button(key=f"{keys.ACCESS}_download").click().run()
    return settled(at)


def use_hub(monkeypatch: pytest.MonkeyPatch, url: str, work: Path, free: int = 10**12) -> None:
    manager = DownloadManager(
        work, limits=Limits(answer_s=2.0, backoff_s=()), disk_free=lambda _path: free
    )
    suppliers = resources.suppliers()
    monkeypatch.setattr(
        resources, "suppliers", lambda: type(suppliers)(manager, suppliers.conversions)
    )
    cache = resources.places().hub_cache
    monkeypatch.setattr(resources, "hub_settings", lambda: HubSettings(endpoint=url, cache=cache))


def test_a_hub_that_does_not_answer_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_hub(monkeypatch, "http://127.0.0.1:9", tmp_path / "work")
    at = download(visit("someone/tiny"))
    assert any("does not answer" in error for error in errors(at))
    assert f"{keys.ACCESS}_download" in buttons(at), "it can be tried again"
    assert shown(at) == "someone/tiny"


def test_a_disk_without_room_is_said_before_bytes_flow(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_root: Path
) -> None:
    with HubServer({"someone/tiny": tiny_root / "bert"}) as hub:
        use_hub(monkeypatch, hub.url, tmp_path / "work", free=1000)
        at = download(visit("someone/tiny"))
        assert any("has 0.0 MB free" in error for error in errors(at))
        assert "model.safetensors" not in str(hub.fetched("someone/tiny"))


def test_what_was_downloaded_is_looked_at_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_root: Path
) -> None:
    with HubServer({"someone/tiny": tiny_root / "bert"}) as hub:
        use_hub(monkeypatch, hub.url, tmp_path / "work")
        at = download(visit("someone/tiny"))
        assert has(at, "parameters in all")
        assert by_key(at, f"{keys.ACCESS}_offer") is None
        resources.inventory.clear()
        assert "someone/tiny" in names(at.run())


def test_a_folder_that_is_deleted_while_it_is_looked_at(world: World) -> None:
    folder = world.bert()
    at = visit(f"folder:{folder}")
    assert has(at, "parameters in all")
    shutil.rmtree(folder)
    at = settled(at.run())
    assert any("There is no folder" in error for error in errors(at))


def test_a_file_that_may_not_be_read_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from components.models import files

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(stat.filemode(0))

    monkeypatch.setattr(files, "digest_files", refuse)
    at = visit(f"folder:{world.bert()}", tab="files")
    assert any("cannot be read" in error for error in errors(at))
    assert by_key(at, f"{keys.PAGE}_files") is not None

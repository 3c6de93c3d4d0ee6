"""The model card says where the data come from and what the model cannot do."""

from __future__ import annotations

from pathlib import Path

import yaml

from loupe.engine.processor import cpu_name
from loupe.training.card import CardFacts, write_card
from loupe.training.spec import RunSpec

FACTS = CardFacts(
    hardware="a machine",
    elapsed_s=12.0,
    train_rows=90,
    validation_rows=10,
    total_steps=20,
    best_step=20,
    best_metric="loss_nats",
    parameters=100,
    trainable_parameters=10,
    metrics_before={"loss_nats": 3.0},
    metrics_after={"loss_nats": 2.0},
    curve=[(0, {"loss_nats": 3.0}), (20, {"loss_nats": 2.0})],
    samples=[{"input": "a ~~~~~~ b", "continuation": "c"}],
    versions={"torch": "2"},
)


def spec_with(**fields) -> RunSpec:
    return RunSpec.from_dict(
        {
            "name": "small",
            "task": "text-generation",
            "model": {"checkpoint": "starter:any"},
            "data": {"train": [{"path": "a.txt"}]},
            **fields,
        }
    )


def test_the_header_is_yaml_that_hubs_read():
    card = {"license": "cc-by-2.0", "language": ["en", "fr"], "tags": ["toy"]}
    text = write_card(spec_with(card=card), FACTS)
    header = yaml.safe_load(text.split("---")[1])
    assert header == {
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "license": "cc-by-2.0",
        "language": ["en", "fr"],
        "tags": ["toy"],
        "base_model": "starter:any",
    }


def test_each_source_is_named_with_its_licence_or_said_to_have_none():
    sources = [
        {"path": "a.txt", "license": "CC BY 4.0", "attribution": "by A. Uthor"},
        {"path": "b.txt"},
    ]
    text = write_card(spec_with(data={"train": sources}), FACTS)
    assert "| a.txt | training | — | CC BY 4.0; by A. Uthor |" in text
    assert "| b.txt | training | — | not said |" in text


def test_limits_of_the_run_come_before_those_of_all():
    text = write_card(spec_with(card={"limits": ["It cannot count."]}), FACTS)
    assert text.index("- It cannot count.") < text.index("- The results above")


def test_a_sample_cannot_end_its_fence():
    text = write_card(spec_with(), FACTS)
    assert text.count("~~~~~~") == 2


def test_samples_are_said_to_be_named_or_spread():
    assert "spread evenly" in write_card(spec_with(), FACTS)
    assert "before the training" in write_card(spec_with(sample_inputs=["Hello"]), FACTS)


def test_the_processor_has_a_name_where_the_system_tells_it(tmp_path: Path):
    listing = tmp_path / "cpuinfo"
    listing.write_text("processor : 0\nmodel name : Some CPU 3000\nmodel name : Other\n")
    assert cpu_name(listing) == "Some CPU 3000"
    assert cpu_name(tmp_path / "none")

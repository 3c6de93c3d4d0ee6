"""Any run that the types allow is the same after `run.yaml`."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loupe.data.spec import DataSpec, Role, Source
from loupe.training.spec import (
    FAMILIES,
    ROLES,
    Arguments,
    LoraSpec,
    ModelSpec,
    RunSpec,
    ScratchSpec,
)
from loupe.training.spec import TokenizerSpec as Tokens

shares = st.floats(0, 1)
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)
counts = st.integers(1, 10**6)
checkpoints = st.sampled_from(["starter:fill-mask-en", "run:a@7", "folder:/x y", "hub:a/b@main"])


@st.composite
def sources(draw: st.DrawFn, task: str) -> Source:
    roles = draw(st.sets(st.sampled_from(ROLES[task])))
    return Source(
        path=draw(texts),
        columns={Role(role): draw(texts | st.integers(0, 9)) for role in roles},
        header=draw(st.booleans()),
    )


@st.composite
def models(draw: st.DrawFn, task: str) -> ModelSpec:
    dropout = draw(st.none() | shares)
    if draw(st.booleans()):
        heads = draw(st.integers(1, 8))
        scratch = ScratchSpec(
            family=draw(st.sampled_from(FAMILIES[task])),
            num_attention_heads=heads,
            hidden_size=heads * draw(st.integers(1, 64)),
            intermediate_size=draw(st.none() | counts),
            seed=draw(st.integers()),
        )
        tokens = Tokens(checkpoint=draw(st.none() | checkpoints), lowercase=draw(st.booleans()))
        return ModelSpec(scratch=scratch, tokenizer=tokens, dropout=dropout)
    lora = draw(st.none() | st.builds(LoraSpec, r=counts, target_modules=st.none()))
    layers = 0 if lora else draw(st.integers(0, 9))
    return ModelSpec(checkpoint=draw(checkpoints), lora=lora, freeze_layers=layers, dropout=dropout)


@st.composite
def specs(draw: st.DrawFn) -> RunSpec:
    task = draw(st.sampled_from(sorted(ROLES)))
    classifies = task.endswith("-classification")
    by_label = st.dictionaries(texts, st.floats(1e-6, 1e6), max_size=3)
    weighting: st.SearchStrategy[Any] = st.none() | st.just("balanced") | by_label
    return RunSpec(
        name=draw(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", fullmatch=True)),
        task=task,  # type: ignore[arg-type]
        model=draw(models(task)),
        data=DataSpec(
            train=tuple(draw(st.lists(sources(task), min_size=1, max_size=2))),
            validation=tuple(draw(st.lists(sources(task), max_size=1))),
            holdout=draw(st.floats(0, 1, exclude_max=True)),
        ),
        args=draw(
            st.builds(
                Arguments,
                learning_rate=st.floats(1e-12, 1e3),
                bf16=st.booleans() | st.just("auto"),
                eval_steps=counts | st.just("auto"),
                warmup_steps=st.floats(0, 1e6),
                seed=st.integers(),
                report_to=st.lists(texts, max_size=2).map(tuple),
            )
        ),
        mlm_probability=draw(st.floats(0, 1, exclude_min=True, exclude_max=True)),
        packing=draw(st.booleans() | st.just("auto")),
        prefix=draw(texts),
        class_weights=draw(weighting) if classifies else None,
        sample_inputs=tuple(draw(st.lists(texts, max_size=3))),
    )


@given(specs())
def test_a_run_is_the_same_after_its_yaml(spec: RunSpec) -> None:
    text = spec.to_yaml()
    again = RunSpec.from_yaml(text)
    assert again == spec
    assert again.to_yaml() == text
